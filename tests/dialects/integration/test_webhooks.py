"""/api/webhooks/ over HTTP."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from clients import client_over
from factories import Account
from helpdesk_api.db.engine import Database
from helpdesk_api.domain.events.types import EVENT_TYPES
from helpdesk_api.settings import Settings
from receiver import Receiver, answers, receiving

NOT_ALLOWED = {"detail": "You do not have permission to perform this action."}
NO_WEBHOOK = {"detail": "No Webhook matches the given query."}
NOT_PUBLIC = (
    "This address is not public. The operator can allow it: HELPDESK_WEBHOOK_ALLOWED_NETWORKS names networks besides."
)
NO_SECRET = "Enter whsec_ followed by the base64 of 24 to 64 random bytes."
URL = "https://hooks.example.com/helpdesk"
OWN_SECRET = "whsec_" + base64.b64encode(b"o" * 24).decode()


@pytest.fixture
async def open_client(settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service that may send to loopback."""
    allowing = settings.model_copy(update={"webhook_allowed_networks": ["127.0.0.0/8"]})
    async with client_over(allowing, database) as client:
        yield client


async def made(client: httpx.AsyncClient, admin: Account, **values: Any) -> dict[str, Any]:
    """A webhook as it was answered when it was made."""
    answer = await client.post("/api/webhooks/", headers=admin.token, json={"url": URL, **values})
    assert answer.status_code == 201, answer.text
    webhook: dict[str, Any] = answer.json()
    return webhook


def without_secret(webhook: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in webhook.items() if name != "secret"}


async def test_a_url_makes_a_webhook_for_all_events(client: httpx.AsyncClient, admin: Account) -> None:
    webhook = await made(client, admin)
    assert webhook == {
        "id": webhook["id"],
        "url": URL,
        "events": [],
        "description": "",
        "active": True,
        "disabled_reason": None,
        "previous_secret_until": None,
        "created_by": admin.id,
        "created_at": webhook["created_at"],
        "secret": webhook["secret"],
    }
    assert datetime.fromisoformat(webhook["created_at"]).tzinfo == UTC
    key = base64.b64decode(webhook["secret"].removeprefix("whsec_"), validate=True)
    assert (webhook["secret"][:6], len(key)) == ("whsec_", 32)


async def test_two_webhooks_have_two_secrets(client: httpx.AsyncClient, admin: Account) -> None:
    assert (await made(client, admin))["secret"] != (await made(client, admin))["secret"]


async def test_the_secret_is_shown_once_and_never_again(client: httpx.AsyncClient, admin: Account) -> None:
    webhook = await made(client, admin, secret=OWN_SECRET)
    assert webhook["secret"] == OWN_SECRET
    url = f"/api/webhooks/{webhook['id']}/"
    answers_later = [
        await client.get(url, headers=admin.token),
        await client.put(url, headers=admin.token, json={"url": URL}),
        await client.patch(url, headers=admin.token, json={"active": True}),
    ]
    assert [(one.status_code, one.json()) for one in answers_later] == [(200, without_secret(webhook))] * 3
    listed = await client.get("/api/webhooks/", headers=admin.token)
    assert listed.json() == {"count": 1, "next": None, "previous": None, "results": [without_secret(webhook)]}
    for path in ("/api/webhooks/", url, f"{url}rotate-secret/"):
        assert OWN_SECRET not in (await client.options(path, headers=admin.token)).text


@pytest.mark.parametrize("kind", ["form", "multipart"])
async def test_forms_make_a_webhook_too(client: httpx.AsyncClient, admin: Account, kind: str) -> None:
    sent = {"url": URL, "events": '["ticket.closed"]', "description": "For the board"}
    form = {"data": sent} if kind == "form" else {"files": {name: (None, value) for name, value in sent.items()}}
    answer = await client.post("/api/webhooks/", headers=admin.token, **form)  # type: ignore[arg-type]
    webhook = answer.json()
    assert answer.status_code == 201
    assert (webhook["events"], webhook["description"], webhook["active"]) == (["ticket.closed"], "For the board", True)


async def test_an_empty_secret_of_a_form_is_none(client: httpx.AsyncClient, admin: Account) -> None:
    refused = await client.post("/api/webhooks/", headers=admin.token, data={"url": URL, "secret": ""})
    assert (refused.status_code, refused.json()) == (400, {"secret": ["This field may not be blank."]})


async def test_every_wrong_field_is_told_at_once(client: httpx.AsyncClient, admin: Account) -> None:
    sent = {
        "url": "ftp://hooks.example.com/",
        "events": ["ticket.created", "ticket.exploded", "tickets"],
        "description": "x" * 201,
        "active": "maybe",
        "secret": "whsec_c2hvcnQ=",
    }
    refused = await client.post("/api/webhooks/", headers=admin.token, json=sent)
    assert (refused.status_code, refused.json()) == (
        400,
        {
            "url": ["Enter a valid URL that begins with http:// or https://."],
            "events": ['"ticket.exploded" is not a valid choice. "tickets" is not a valid choice.'],
            "description": ["Ensure this field has no more than 200 characters."],
            "active": ["Must be a valid boolean."],
            "secret": [NO_SECRET],
        },
    )
    assert (await client.get("/api/webhooks/", headers=admin.token)).json()["count"] == 0


@pytest.mark.parametrize(
    ("sent", "problems"),
    [
        ({}, {"url": ["This field is required."]}),
        ({"url": None}, {"url": ["This field may not be null."]}),
        ({"url": ""}, {"url": ["This field may not be blank."]}),
        ({"url": ["a"]}, {"url": ["Not a valid string."]}),
        ({"url": f"{URL}?{'x' * 2000}"}, {"url": ["Ensure this field has no more than 2000 characters."]}),
        ({"url": "http://localhost:9000/"}, {"url": [NOT_PUBLIC]}),
        ({"url": "http://127.0.0.1/"}, {"url": [NOT_PUBLIC]}),
        ({"url": "http://127.1/"}, {"url": [NOT_PUBLIC]}),
        ({"url": "http://2130706433/"}, {"url": [NOT_PUBLIC]}),
        ({"url": "http://169.254.169.254/latest/meta-data/"}, {"url": [NOT_PUBLIC]}),
        ({"url": "http://[::ffff:10.0.0.1]/"}, {"url": [NOT_PUBLIC]}),
        (
            {"url": "https://user:word@hooks.example.com/"},
            {"url": ["A URL with a user name or password is not taken: receivers know a message by its signature."]},
        ),
        ({"url": f"{URL}#top"}, {"url": ["A URL with a fragment (#) is not taken."]}),
        ({"url": URL, "events": "ticket.closed"}, {"events": ['Expected a list of items but got type "str".']}),
        ({"url": URL, "events": None}, {"events": ["This field may not be null."]}),
        ({"url": URL, "events": ["ticket.closed"] * 2}, {"events": ["Item 2: It is in the list already."]}),
        ({"url": URL, "secret": ""}, {"secret": ["This field may not be blank."]}),
        ({"url": URL, "secret": 5}, {"secret": [NO_SECRET]}),
        ({"url": URL, "secret": OWN_SECRET[6:]}, {"secret": [NO_SECRET]}),
        ({"url": URL, "secret": "whsec_not base64 at all, but long enough"}, {"secret": [NO_SECRET]}),
        ({"url": URL, "secret": "whsec_" + base64.b64encode(b"o" * 23).decode()}, {"secret": [NO_SECRET]}),
        ({"url": URL, "secret": "whsec_" + base64.b64encode(b"o" * 65).decode()}, {"secret": [NO_SECRET]}),
    ],
)
async def test_what_cannot_be_is_refused(
    client: httpx.AsyncClient, admin: Account, sent: dict[str, Any], problems: dict[str, list[str]]
) -> None:
    refused = await client.post("/api/webhooks/", headers=admin.token, json=sent)
    assert (refused.status_code, refused.json()) == (400, problems)


async def test_patch_and_put_change_what_they_name_and_say_what_is_wrong(
    client: httpx.AsyncClient, admin: Account
) -> None:
    webhook = without_secret(await made(client, admin, description="Old"))
    url = f"/api/webhooks/{webhook['id']}/"
    changed = await client.patch(url, headers=admin.token, json={"events": ["user.created"], "active": False})
    expected = {**webhook, "events": ["user.created"], "active": False}
    assert (changed.status_code, changed.json()) == (200, expected)
    put = await client.put(url, headers=admin.token, json={"url": f"{URL}/2", "events": []})
    assert (put.status_code, put.json()) == (200, {**expected, "url": f"{URL}/2", "events": []})
    for method, sent, problems in (
        ("PUT", {"active": True}, {"url": ["This field is required."]}),
        (
            "PATCH",
            {"url": "http://10.0.0.1/", "active": 7},
            {"url": [NOT_PUBLIC], "active": ["Must be a valid boolean."]},
        ),
        ("PATCH", {"events": ["a", "b"]}, {"events": ['"a" is not a valid choice. "b" is not a valid choice.']}),
    ):
        refused = await client.request(method, url, headers=admin.token, json=sent)
        assert (refused.status_code, refused.json()) == (400, problems)
    assert (await client.get(url, headers=admin.token)).json() == put.json()


async def test_options_tell_admins_which_events_there_are(
    client: httpx.AsyncClient, admin: Account, agent: Account
) -> None:
    told = (await client.options("/api/webhooks/", headers=admin.token)).json()
    assert [one["value"] for one in told["actions"]["POST"]["events"]["child"]["choices"]] == sorted(EVENT_TYPES)
    assert told["actions"]["POST"]["url"]["type"] == "url"
    assert "actions" not in (await client.options("/api/webhooks/", headers=agent.token)).json()


async def test_a_deleted_webhook_is_gone(client: httpx.AsyncClient, admin: Account) -> None:
    url = f"/api/webhooks/{(await made(client, admin))['id']}/"
    assert (await client.delete(url, headers=admin.token)).status_code == 204
    for method, path in (
        ("DELETE", url),
        ("GET", url),
        ("PUT", url),
        ("PATCH", url),
        ("POST", f"{url}test/"),
        ("POST", f"{url}rotate-secret/"),
        ("GET", f"{url}deliveries/"),
        ("GET", f"{url}deliveries/1/"),
        ("POST", f"{url}deliveries/1/redeliver/"),
    ):
        answer = await client.request(method, path, headers=admin.token)
        assert (answer.status_code, answer.json()) == (404, NO_WEBHOOK), (method, path)


async def test_agents_read_and_are_told_403_before_a_body_is_looked_at(
    client: httpx.AsyncClient, admin: Account, agent: Account, requester: Account
) -> None:
    webhook = await made(client, admin)
    url = f"/api/webhooks/{webhook['id']}/"
    assert (await client.get(url, headers=agent.token)).json() == without_secret(webhook)
    for method, path in (
        ("POST", "/api/webhooks/"),
        ("PATCH", url),
        ("PUT", "/api/webhooks/99999/"),
        ("DELETE", url),
        ("POST", f"{url}test/"),
        ("POST", f"{url}rotate-secret/"),
        ("POST", f"{url}deliveries/1/redeliver/"),
    ):
        for account in (agent, requester):
            refused = await client.request(method, path, headers=account.token, content=b"{bad")
            assert (refused.status_code, refused.json()) == (403, NOT_ALLOWED), (method, path)
    for path in ("/api/webhooks/", url, f"{url}deliveries/"):
        assert (await client.get(path, headers=requester.token)).json() == NOT_ALLOWED
        assert (await client.get(path)).status_code == 401


async def test_a_rotation_answers_with_the_new_secret_and_until_when_the_old_one_signs(
    client: httpx.AsyncClient, admin: Account
) -> None:
    webhook = await made(client, admin)
    url = f"/api/webhooks/{webhook['id']}/rotate-secret/"
    before = datetime.now(UTC)
    rotated = (await client.post(url, headers=admin.token)).json()
    until = datetime.fromisoformat(rotated["previous_secret_until"])
    expected = {**webhook, "secret": rotated["secret"], "previous_secret_until": rotated["previous_secret_until"]}
    assert rotated == expected
    assert rotated["secret"] != webhook["secret"]
    assert before + timedelta(days=1) <= until <= datetime.now(UTC) + timedelta(days=1)
    own = await client.post(url, headers=admin.token, json={"secret": OWN_SECRET})
    assert (own.status_code, own.json()["secret"]) == (200, OWN_SECRET)
    for sent, problems in (
        ({"secret": OWN_SECRET}, {"secret": ["This is the secret that is in use."]}),
        ({"secret": "whsec_"}, {"secret": [NO_SECRET]}),
        ({"secret": None}, {"secret": ["This field may not be null."]}),
    ):
        refused = await client.post(url, headers=admin.token, json=sent)
        assert (refused.status_code, refused.json()) == (400, problems)


async def test_a_test_is_signed_and_its_outcome_told(open_client: httpx.AsyncClient, admin: Account) -> None:
    async with receiving(Receiver(usual=answers(200, b"Thanks"))) as receiver:
        webhook = await made(open_client, admin, url=receiver.url, description="Board")
        url = f"/api/webhooks/{webhook['id']}/test/"
        tested = await open_client.post(url, headers=admin.token)
        told = tested.json()
        assert (tested.status_code, told) == (
            200,
            {
                "delivered": True,
                "status_code": 200,
                "error": None,
                "duration_ms": told["duration_ms"],
                "response": "Thanks",
            },
        )
        (received,) = receiver.received
        message = received.verified_by(webhook["secret"])
        assert message == {
            "type": "webhook.test",
            "timestamp": message["timestamp"],
            "data": {"webhook": {"id": webhook["id"], "description": "Board"}},
        }
        assert received.headers["content-type"] == "application/json"
        await open_client.patch(f"/api/webhooks/{webhook['id']}/", headers=admin.token, json={"active": False})
        receiver.usual = answers(302, Location="http://127.0.0.1/")
        told = (await open_client.post(url, headers=admin.token)).json()
        assert (told["delivered"], told["status_code"], told["error"]) == (
            False,
            302,
            "The receiver answered 302. Redirects are not followed: give the webhook the new URL.",
        )
    told = (await open_client.post(url, headers=admin.token)).json()
    assert (told["delivered"], told["status_code"], told["error"]) == (False, None, "All connection attempts failed")
    listed = await open_client.get(f"/api/webhooks/{webhook['id']}/deliveries/", headers=admin.token)
    assert listed.json()["count"] == 0


async def test_an_address_that_is_allowed_no_more_is_refused_when_something_is_sent(
    client: httpx.AsyncClient, open_client: httpx.AsyncClient, admin: Account
) -> None:
    async with receiving(Receiver()) as receiver:
        webhook = await made(open_client, admin, url=receiver.url)
        told = (await client.post(f"/api/webhooks/{webhook['id']}/test/", headers=admin.token)).json()
    assert (told["delivered"], told["error"], receiver.connections) == (
        False,
        "The address of the host is not public, and HELPDESK_WEBHOOK_ALLOWED_NETWORKS does not name it.",
        0,
    )
