"""What each answer of a receiver means for a delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from standardwebhooks import WebhookVerificationError

from helpdesk_api.db.session import Session
from helpdesk_api.domain.outbox.commands import GiveUp, Outcome, Retry, Sent
from helpdesk_api.domain.webhooks.channel import GONE, OFF, WebhookChannel
from helpdesk_api.domain.webhooks.signing import new_secret
from helpdesk_api.egress.client import NO_HTTP
from helpdesk_api.models import Webhook
from receiver import Behaviour, Receiver, answers, sends
from webhook_desk import due


async def shown(session: Session, webhook: Webhook) -> tuple[bool, str | None]:
    query = select(Webhook.active, Webhook.disabled_reason).where(Webhook.id == webhook.id)
    active, reason = (await session.execute(query)).one()
    return active, reason


async def test_a_message_arrives_signed_in_the_envelope(
    channel: WebhookChannel, webhook: Webhook, receiver: Receiver
) -> None:
    delivery = due(webhook.id)
    assert await channel.send(delivery) == Sent(204, "")
    (received,) = receiver.received
    assert received.verified_by(webhook.secret) == {
        "type": "ticket.closed",
        "timestamp": "2026-01-31T12:00:00Z",
        "data": {"sequence": 12, "ticket": {"id": 7}, "title": "caf\u00e9"},
    }
    assert (received.headers["webhook-id"], received.headers["content-type"]) == (
        delivery.payload["id"],
        "application/json",
    )


async def test_each_attempt_has_the_same_id_and_bytes_and_its_own_time(
    channel: WebhookChannel, webhook: Webhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = due(webhook.id)
    for moment in (1_700_000_000, 1_700_000_005):
        monkeypatch.setattr("helpdesk_api.domain.webhooks.messages.time", lambda moment=moment: moment)
        await channel.send(delivery)
    first, second = receiver.received
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    times = [one.headers["webhook-timestamp"] for one in receiver.received]
    assert times == ["1700000000", "1700000005"]


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (answers(200, b"Thanks"), Sent(200, "Thanks")),
        (answers(299), Sent(299)),
        (answers(500, b"Oops"), Retry("The receiver answered 500.", 500, "Oops")),
        (answers(404), Retry("The receiver answered 404.", 404)),
        (
            answers(301, Location="http://127.0.0.1/"),
            Retry("The receiver answered 301. Redirects are not followed: give the webhook the new URL.", 301),
        ),
        (answers(429, Retry_After="90"), Retry("The receiver answered 429.", 429, after=90)),
        (answers(503, Retry_After="999999"), Retry("The receiver answered 503.", 503, after=86400)),
        (answers(503, Retry_After="later"), Retry("The receiver answered 503.", 503)),
        # Sooner than the schedule has it, and so it stays with the schedule.
        (answers(503, Retry_After="3"), Retry("The receiver answered 503.", 503)),
        (sends(b""), Retry(NO_HTTP)),
    ],
)
async def test_2xx_is_success_and_anything_else_is_tried_again(
    channel: WebhookChannel,
    webhook: Webhook,
    receiver: Receiver,
    session: Session,
    behaviour: Behaviour,
    outcome: Outcome,
) -> None:
    receiver.usual = behaviour
    assert await channel.send(due(webhook.id)) == outcome
    assert await shown(session, webhook) == (True, None)


async def test_410_switches_the_webhook_off_and_nothing_more_is_sent(
    channel: WebhookChannel, webhook: Webhook, receiver: Receiver, session: Session
) -> None:
    receiver.usual = answers(410, b"Moved out")
    assert await channel.send(due(webhook.id)) == GiveUp(GONE, 410, "Moved out")
    assert await shown(session, webhook) == (False, GONE)
    assert await channel.send(due(webhook.id)) == GiveUp(OFF)
    assert len(receiver.received) == 1


async def test_nothing_is_sent_to_a_webhook_that_is_off_or_gone(
    channel: WebhookChannel, webhook: Webhook, receiver: Receiver, session: Session
) -> None:
    await session.execute(update(Webhook).values(active=False))
    assert await channel.send(due(webhook.id)) == GiveUp(OFF)
    await session.execute(delete(Webhook))
    assert await channel.send(due(webhook.id)) == GiveUp(OFF)
    assert await channel.send(replace(due(webhook.id), webhook_id=None)) == GiveUp(OFF)
    assert receiver.connections == 0


@pytest.mark.parametrize("ended", [False, True])
async def test_after_a_rotation_both_secrets_sign_until_the_old_one_ends(
    channel: WebhookChannel, webhook: Webhook, receiver: Receiver, session: Session, ended: bool
) -> None:
    old, new = webhook.secret, new_secret()
    until = datetime.now(UTC) + timedelta(seconds=-1 if ended else 60)
    await session.execute(update(Webhook).values(secret=new, previous_secret=old, previous_secret_until=until))
    await channel.send(due(webhook.id))
    (received,) = receiver.received
    assert received.verified_by(new)["type"] == "ticket.closed"
    if ended:
        with pytest.raises(WebhookVerificationError):
            received.verified_by(old)
    else:
        received.verified_by(old)


def test_a_lease_is_longer_than_a_request_takes(channel: WebhookChannel) -> None:
    assert channel.lease_seconds > 15
