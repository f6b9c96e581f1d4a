"""Events on their way to a receiver that fails, hangs, is away and comes back: planned, sent, tried again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import Select, func, select, update

from helpdesk_api.background.running import doing
from helpdesk_api.background.work import Work
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.users.service import COMMAND_LINE
from helpdesk_api.domain.webhooks import deliveries
from helpdesk_api.domain.webhooks import service as webhooks
from helpdesk_api.domain.webhooks.channel import GONE, OFF, WebhookChannel
from helpdesk_api.domain.webhooks.planning import plan_webhooks
from helpdesk_api.egress.client import web_client
from helpdesk_api.egress.destinations import Destinations
from helpdesk_api.models import Delivery, Event, Webhook
from receiver import Behaviour, Received, Receiver, answers, hangs, receiving
from webhook_desk import make_webhook

LOOPBACK = Destinations(["127.0.0.1"])


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What did not arrive is tried again at once, not after hours."""
    monkeypatch.setattr("helpdesk_api.domain.outbox.schedule.DELAYS", (0.01,) * 10)


@asynccontextmanager
async def at_work(database: Database) -> AsyncIterator[None]:
    """The background of one process, which waits for a receiver for half a second."""
    async with web_client(LOOPBACK, seconds=0.5) as web:
        work = Work(planners=[plan_webhooks], channels=[WebhookChannel(database, web)])
        async with doing(work, database), database.listening():
            yield


async def happen(database: Database, *ticket_ids: int) -> None:
    """One event each."""
    for ticket_id in ticket_ids:
        async with unit_of_work(database.sessions) as session:
            await events.record(session, COMMAND_LINE, "ticket.updated", ticket_id=ticket_id)


async def listen(database: Database, receiver: Receiver) -> Webhook:
    """A webhook of the receiver's."""
    async with unit_of_work(database.sessions) as session:
        return await make_webhook(session, receiver.url)


def told(received: Sequence[Received], webhook: Webhook) -> list[tuple[int, int]]:
    """Of which tickets and events, by number, after the signatures were found good."""
    messages = [one.verified_by(webhook.secret)["data"] for one in received]
    return [(message["ticket"]["id"], message["sequence"]) for message in messages]


async def outcomes(database: Database) -> list[tuple[str, str | None]]:
    async with database.read_sessions() as session:
        rows = await session.execute(select(Delivery.state, Delivery.last_error).order_by(Delivery.id))
        return [(state, error) for state, error in rows]


async def until(database: Database, query: Select[Any], value: int) -> None:
    """Return once the query gives this value."""
    async with database.read_sessions() as session:
        for _ in range(3000):
            if (found := await session.scalar(query)) == value:
                return
            await asyncio.sleep(0.01)
    raise AssertionError(f"it did not come to {value}, but to {found}")


async def until_all_are(database: Database, state: str, count: int) -> None:
    """Return once so many deliveries, and no others, are in this state."""
    of_state = func.count(Delivery.id).filter(Delivery.state == state)
    await until(database, select(of_state * 1000 + func.count(Delivery.id)), count * 1001)


@pytest.mark.parametrize("trouble", [answers(500), answers(302), hangs], ids=["500", "302", "hangs"])
async def test_a_receiver_in_trouble_gets_everything_in_the_order_of_each_ticket(
    empty_database: Database, trouble: Behaviour
) -> None:
    async with receiving(Receiver(planned=[trouble] * 3)) as receiver:
        webhook = await listen(empty_database, receiver)
        async with at_work(empty_database):
            await happen(empty_database, 1, 1, 2, 1, 2)
            await until_all_are(empty_database, "delivered", 5)
        found = told(receiver.received, webhook)
    assert len(found) == 8
    # Only the last of several attempts was taken; none of a later event comes before it.
    taken = list(dict.fromkeys(reversed(found)))[::-1]
    assert [number for ticket, number in taken if ticket == 1] == [1, 2, 4]
    assert [number for ticket, number in taken if ticket == 2] == [3, 5]
    by_id = {one.headers["webhook-id"]: one.body for one in receiver.received}
    assert (len(by_id), {one.body for one in receiver.received}) == (5, set(by_id.values()))


async def test_a_receiver_that_was_away_gets_what_happened_meanwhile(empty_database: Database) -> None:
    async with receiving(Receiver()) as receiver:
        webhook = await listen(empty_database, receiver)
    async with at_work(empty_database):
        await happen(empty_database, 1, 1)
        await until(empty_database, select(func.count()).where(Delivery.attempts >= 2), 1)
        async with receiving(receiver):
            await until_all_are(empty_database, "delivered", 2)
    assert told(receiver.received, webhook) == [(1, 1), (1, 2)]


async def test_nothing_is_sent_once_the_webhook_was_deleted(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpdesk_api.domain.outbox.schedule.DELAYS", (3600,) * 10)
    async with receiving(Receiver(usual=answers(500))) as receiver, receiving(Receiver()) as other:
        webhook = await listen(empty_database, receiver)
        async with at_work(empty_database):
            await happen(empty_database, 1, 1, 2)
            # One of each ticket was tried.
            await until(empty_database, select(func.count()).where(Delivery.last_error.is_not(None)), 2)
            async with unit_of_work(empty_database.sessions) as session:
                await make_webhook(session, other.url)
                await webhooks.delete_webhook(session, COMMAND_LINE, webhook.id)
                await session.execute(update(Delivery).values(next_attempt_at=func.now()))
            await happen(empty_database, 1)
            await until_all_are(empty_database, "delivered", 1)
    assert (len(receiver.received), len(other.received)) == (2, 1)


async def test_after_410_what_waits_is_given_up_until_somebody_switches_it_on(empty_database: Database) -> None:
    async with receiving(Receiver(planned=[answers(410)])) as receiver:
        webhook = await listen(empty_database, receiver)
        async with at_work(empty_database):
            await happen(empty_database, 1, 1, 1)
            await until_all_are(empty_database, "failed", 3)
            assert await outcomes(empty_database) == [("failed", GONE), ("failed", OFF), ("failed", OFF)]
            await happen(empty_database, 1)
            await until(empty_database, select(func.max(Event.sequence)), 4)
            async with unit_of_work(empty_database.sessions) as session:
                await webhooks.change_webhook(session, COMMAND_LINE, webhook.id, {"active": True}, LOOPBACK)
            await happen(empty_database, 1)
            await receiver.wait_for(2)
    assert told(receiver.received, webhook) == [(1, 1), (1, 5)]


async def test_a_redelivery_has_the_same_id_and_body(empty_database: Database) -> None:
    async with receiving(Receiver()) as receiver:
        webhook = await listen(empty_database, receiver)
        async with at_work(empty_database):
            await happen(empty_database, 1)
            await until_all_are(empty_database, "delivered", 1)
            async with unit_of_work(empty_database.sessions) as session:
                first = await session.scalar(select(Delivery.id))
                assert first is not None
                await deliveries.redeliver(session, COMMAND_LINE, webhook.id, first)
            await until_all_are(empty_database, "delivered", 2)
    one, again = receiver.received
    assert (one.headers["webhook-id"], one.body) == (again.headers["webhook-id"], again.body)
    assert told(receiver.received, webhook) == [(1, 1), (1, 1)]
