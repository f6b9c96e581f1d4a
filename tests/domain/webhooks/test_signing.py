"""Signatures and secrets, held against the public library."""

from __future__ import annotations

import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from helpdesk_api.domain.webhooks.signing import new_message_id, new_secret, parse_secret, signed_headers

BODY = b'{"type":"ticket.closed","data":{"title":"caf\xc3\xa9"}}'


def test_the_public_library_finds_a_signature_good() -> None:
    secret = new_secret()
    headers = dict(signed_headers("msg_1", int(time.time()), BODY, [secret]))
    assert Webhook(secret).verify(BODY, headers) == {"type": "ticket.closed", "data": {"title": "caf\u00e9"}}
    assert set(headers) == {"webhook-id", "webhook-timestamp", "webhook-signature"}


def test_a_signature_is_that_of_the_specification() -> None:
    # The example of the specification's own libraries.
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_with_two_secrets_either_is_enough() -> None:
    old, new = new_secret(), new_secret()
    headers = dict(signed_headers("msg_1", int(time.time()), BODY, [new, old]))
    assert headers["webhook-signature"].count("v1,") == 2
    for secret in (old, new):
        Webhook(secret).verify(BODY, headers)


@pytest.mark.parametrize("changed", ["id", "time", "body", "secret"])
def test_nothing_of_it_can_be_changed(changed: str) -> None:
    secret, now = new_secret(), int(time.time())
    headers = dict(signed_headers("msg_1", now, BODY, [secret]))
    if changed == "id":
        headers["webhook-id"] = "msg_2"
    if changed == "time":
        headers["webhook-timestamp"] = str(now + 1)
    with pytest.raises(WebhookVerificationError, match="No matching signature found"):
        Webhook(new_secret() if changed == "secret" else secret).verify(
            BODY[: -1 if changed == "body" else None], headers
        )


def test_secrets_and_ids_are_not_guessed() -> None:
    assert len({new_secret() for _ in range(100)} | {new_message_id() for _ in range(100)}) == 200
    assert parse_secret(new_secret())
