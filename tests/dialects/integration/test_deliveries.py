"""/api/webhooks/{id}/deliveries/ over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import Delivery, DeliveryAttempt, Webhook
from query_count import counted
from webhook_desk import make_webhook

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
NO_DELIVERY = {"detail": "No Delivery matches the given query."}
BODY = '{"type":"ticket.closed","timestamp":"2026-01-31T12:00:00Z","data":{"sequence":12}}'


@pytest.fixture
async def webhook(session: Session) -> Webhook:
    """A webhook that nothing is sent to here."""
    return await make_webhook(session, "https://hooks.example.com/")


async def make_delivery(session: Session, webhook: Webhook, state: str, **values: Any) -> Delivery:
    """Store a delivery in this state, after one attempt that was answered 503."""
    delivery = Delivery(
        channel="webhook",
        lane=f"webhook:{webhook.id}:ticket:7",
        webhook_id=webhook.id,
        event_id=1,
        sequence=12,
        payload={"id": "msg_1", "type": "ticket.closed", "body": BODY},
        state=state,
        attempts=1,
        next_attempt_at=NOON + timedelta(seconds=5),
        created_at=NOON,
        finished_at=None if state == "pending" else NOON + timedelta(seconds=2),
        **values,
    )
    session.add(delivery)
    await session.flush()
    attempt = {"status_code": 503, "error": "The receiver answered 503.", "response": "Down"}
    session.add(DeliveryAttempt(delivery_id=delivery.id, at=NOON + timedelta(seconds=1), duration_ms=42, **attempt))
    await session.flush()
    return delivery


def shown(delivery: Delivery, **values: Any) -> dict[str, Any]:
    """A delivery as it is told, over and in vain."""
    return {
        "id": delivery.id,
        "message_id": "msg_1",
        "type": "ticket.closed",
        "sequence": 12,
        "state": "failed",
        "attempts": [
            {
                "at": "2026-01-31T12:00:01Z",
                "duration_ms": 42,
                "status_code": 503,
                "error": "The receiver answered 503.",
                "response": "Down",
            }
        ],
        "next_attempt_at": None,
        "last_error": None,
        "created_at": "2026-01-31T12:00:00Z",
        "finished_at": "2026-01-31T12:00:02Z",
        "body": BODY,
        **values,
    }


async def test_deliveries_are_listed_newest_first_with_every_attempt(
    client: httpx.AsyncClient, session: Session, agent: Account, webhook: Webhook
) -> None:
    failed = await make_delivery(session, webhook, "failed", last_error="The receiver answered 503.")
    pending = await make_delivery(session, webhook, "pending")
    await make_delivery(session, await make_webhook(session, "https://other.example.com/"), "failed")
    url = f"/api/webhooks/{webhook.id}/deliveries/"
    newest = shown(pending, state="pending", finished_at=None, next_attempt_at="2026-01-31T12:00:05Z")
    oldest = shown(failed, last_error="The receiver answered 503.")
    found = await client.get(url, headers=agent.token)
    assert (found.status_code, found.json()) == (
        200,
        {"count": 2, "next": None, "previous": None, "results": [newest, oldest]},
    )
    page = (await client.get(f"{url}?page_size=1&page=2", headers=agent.token)).json()
    assert (page["count"], page["results"]) == (2, [oldest])
    assert page["previous"] == f"http://localhost:8000{url}?page_size=1"
    assert (await client.get(f"{url}{failed.id}/", headers=agent.token)).json() == oldest


async def test_deliveries_are_found_by_their_state(
    client: httpx.AsyncClient, session: Session, agent: Account, webhook: Webhook
) -> None:
    made = {state: await make_delivery(session, webhook, state) for state in ("pending", "delivered", "failed")}
    url = f"/api/webhooks/{webhook.id}/deliveries/"
    for state, delivery in made.items():
        found = (await client.get(f"{url}?state={state}", headers=agent.token)).json()
        assert [one["id"] for one in found["results"]] == [delivery.id]
    assert (await client.get(f"{url}?state=", headers=agent.token)).json()["count"] == 3
    refused = await client.get(f"{url}?state=lost", headers=agent.token)
    assert (refused.status_code, refused.json()) == (400, {"state": ['"lost" is not a valid choice.']})


async def test_a_long_list_asks_no_more_than_a_short_one(
    client: httpx.AsyncClient, session: Session, connection: AsyncConnection, agent: Account, webhook: Webhook
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(5):
            await make_delivery(session, webhook, "failed")
        async with counted(connection) as statements:
            await client.get(f"/api/webhooks/{webhook.id}/deliveries/", headers=agent.token)
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_a_redelivery_is_a_delivery_of_its_own_with_the_same_message(
    client: httpx.AsyncClient, session: Session, admin: Account, webhook: Webhook
) -> None:
    failed = await make_delivery(session, webhook, "failed")
    url = f"/api/webhooks/{webhook.id}/deliveries/"
    again = await client.post(f"{url}{failed.id}/redeliver/", headers=admin.token)
    told = again.json()
    assert (again.status_code, told) == (
        201,
        {
            **shown(failed),
            "id": told["id"],
            "state": "pending",
            "attempts": [],
            "next_attempt_at": told["next_attempt_at"],
            "created_at": told["created_at"],
            "finished_at": None,
        },
    )
    assert told["id"] > failed.id
    made = await session.scalar(select(Delivery).where(Delivery.id == told["id"]))
    assert made is not None
    assert (made.lane, made.event_id) == (f"webhook:{webhook.id}:redelivery:{failed.id}", 1)


async def test_what_waits_and_what_has_nowhere_to_go_is_not_redelivered(
    client: httpx.AsyncClient, session: Session, admin: Account, webhook: Webhook
) -> None:
    pending = await make_delivery(session, webhook, "pending")
    failed = await make_delivery(session, webhook, "failed")
    url = f"/api/webhooks/{webhook.id}/"
    refused = await client.post(f"{url}deliveries/{pending.id}/redeliver/", headers=admin.token)
    assert (refused.status_code, refused.json()) == (409, {"detail": "This delivery is still waiting to be sent."})
    await client.patch(url, headers=admin.token, json={"active": False})
    refused = await client.post(f"{url}deliveries/{failed.id}/redeliver/", headers=admin.token)
    assert (refused.status_code, refused.json()) == (409, {"detail": "This webhook is not active."})


async def test_deliveries_of_others_are_not_found(
    client: httpx.AsyncClient, session: Session, admin: Account, webhook: Webhook
) -> None:
    other = await make_webhook(session, "https://other.example.com/")
    delivery = await make_delivery(session, other, "failed")
    mail = Delivery(channel="email", lane="email", recipient="jblogs@example.com", payload={})
    session.add(mail)
    await session.flush()
    for delivery_id in (delivery.id, mail.id, 999_999_999):
        url = f"/api/webhooks/{webhook.id}/deliveries/{delivery_id}/"
        for method, path in (("GET", url), ("POST", f"{url}redeliver/")):
            answer = await client.request(method, path, headers=admin.token)
            assert (answer.status_code, answer.json()) == (404, NO_DELIVERY)


async def test_a_deleted_webhook_takes_its_deliveries_along(
    client: httpx.AsyncClient, session: Session, admin: Account, webhook: Webhook
) -> None:
    pending = await make_delivery(session, webhook, "pending")
    await client.delete(f"/api/webhooks/{webhook.id}/", headers=admin.token)
    assert await session.scalar(select(Delivery.id).where(Delivery.id == pending.id)) is None


async def test_switching_a_webhook_on_again_forgets_why_it_was_off(
    client: httpx.AsyncClient, session: Session, admin: Account, webhook: Webhook
) -> None:
    webhook.active, webhook.disabled_reason = False, "The receiver answered 410 Gone."
    await session.flush()
    url = f"/api/webhooks/{webhook.id}/"
    found = (await client.get(url, headers=admin.token)).json()
    assert (found["active"], found["disabled_reason"]) == (False, "The receiver answered 410 Gone.")
    renamed = (await client.patch(url, headers=admin.token, json={"description": "Board"})).json()
    assert (renamed["active"], renamed["disabled_reason"]) == (False, "The receiver answered 410 Gone.")
    again = (await client.patch(url, headers=admin.token, json={"active": True})).json()
    assert (again["active"], again["disabled_reason"]) == (True, None)
