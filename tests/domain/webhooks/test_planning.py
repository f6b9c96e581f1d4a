"""Which webhooks are told of which events."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.domain.events.telling import tell
from helpdesk_api.domain.webhooks.planning import plan_webhooks
from helpdesk_api.models import Event
from query_count import counted
from webhook_desk import make_webhook

URL = "https://hooks.example.com/"


async def happened(session: Session, sequence: int, event_type: str, ticket_id: int | None = None) -> Event:
    """An event with its number."""
    event = Event(sequence=sequence, type=event_type, ticket_id=ticket_id, changes={"a": {"from": 1, "to": 2}})
    session.add(event)
    await session.flush()
    await session.refresh(event)
    return event


async def test_each_active_webhook_is_told_of_what_it_wants(session: Session) -> None:
    everything = await make_webhook(session, URL)
    closed = await make_webhook(session, URL, events=["ticket.closed", "user.created"])
    await make_webhook(session, URL, active=False)
    events = [
        await happened(session, 900_001, "ticket.closed", 7),
        await happened(session, 900_002, "ticket.updated", 7),
        await happened(session, 900_003, "user.created"),
    ]
    planned = await plan_webhooks(session, events)
    assert [(one.webhook_id, one.sequence, one.event_id, one.lane, one.channel) for one in planned] == [
        (everything.id, 900_001, events[0].id, f"webhook:{everything.id}:ticket:7", "webhook"),
        (closed.id, 900_001, events[0].id, f"webhook:{closed.id}:ticket:7", "webhook"),
        (everything.id, 900_002, events[1].id, f"webhook:{everything.id}:ticket:7", "webhook"),
        (everything.id, 900_003, events[2].id, f"webhook:{everything.id}", "webhook"),
        (closed.id, 900_003, events[2].id, f"webhook:{closed.id}", "webhook"),
    ]
    assert len({one.payload["id"] for one in planned}) == 5


async def test_the_body_is_the_event_as_everybody_is_told_of_it(session: Session, admin: Account) -> None:
    await make_webhook(session, URL)
    event = await happened(session, 900_001, "ticket.closed", 7)
    event.actor_id = admin.id
    (planned,) = await plan_webhooks(session, [event])
    (told,) = await tell(session, [event])
    assert (planned.payload["type"], json.loads(planned.payload["body"])) == (
        "ticket.closed",
        {"type": "ticket.closed", "timestamp": told["timestamp"], "data": dict(told)},
    )


async def test_nothing_is_read_for_events_that_nobody_wants(session: Session, connection: AsyncConnection) -> None:
    event = await happened(session, 900_001, "ticket.closed", 7)
    async with counted(connection) as statements:
        assert await plan_webhooks(session, [event]) == []
    assert len(statements) == 1
    await make_webhook(session, URL, events=["user.created"])
    assert await plan_webhooks(session, [event]) == []


async def test_many_events_cost_no_more_queries_than_one(session: Session, connection: AsyncConnection) -> None:
    for _ in range(3):
        await make_webhook(session, URL)
    events = [await happened(session, 900_000 + number, "ticket.closed", number) for number in range(1, 21)]
    counts: list[Any] = []
    for batch in (events[:1], events):
        async with counted(connection) as statements:
            assert len(await plan_webhooks(session, batch)) == 3 * len(batch)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 3
