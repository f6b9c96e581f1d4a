"""Numbers of events: without gaps, in an order that no reader sees change, whoever numbers them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from sqlalchemy import func, select

from helpdesk_api.background import draining, sequencer
from helpdesk_api.db.engine import Database
from helpdesk_api.db.errors import ConstraintViolated
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.events.repository import EventRepository
from helpdesk_api.domain.outbox.commands import NewDelivery
from helpdesk_api.domain.outbox.sequencing import number_events
from helpdesk_api.domain.users.service import COMMAND_LINE
from helpdesk_api.models import Delivery, Event
from post import Post, post_every_event, posting, until

Happen = Callable[..., Awaitable[None]]


async def number(database: Database) -> int:
    async with unit_of_work(database.sessions) as session:
        return await number_events(session, [])


async def numbers(database: Database) -> list[tuple[int, int | None]]:
    async with database.read_sessions() as session:
        rows = await session.execute(select(Event.ticket_id, Event.sequence).order_by(Event.sequence))
        return [tuple(row) for row in rows]


async def test_events_are_numbered_in_the_order_they_were_written(empty_database: Database, happen: Happen) -> None:
    await happen(7, 8)
    assert await number(empty_database) == 2
    await happen(9)
    assert await number(empty_database) == 1
    assert await number(empty_database) == 0
    assert await numbers(empty_database) == [(7, 1), (8, 2), (9, 3)]


async def test_one_that_commits_late_gets_a_late_number(empty_database: Database, happen: Happen) -> None:
    async with unit_of_work(empty_database.sessions) as slow:
        await events.record(slow, COMMAND_LINE, "ticket.updated", ticket_id=1)
        await slow.flush()
        await happen(2)
        await number(empty_database)
        assert await numbers(empty_database) == [(2, 1)]
    await number(empty_database)
    assert await numbers(empty_database) == [(2, 1), (1, 2)]


async def test_while_one_numbers_nobody_else_does(empty_database: Database, happen: Happen) -> None:
    await happen(1)
    async with unit_of_work(empty_database.sessions) as first:
        assert await number_events(first, []) == 1
        await happen(2)
        assert await number(empty_database) == 0
    assert await number(empty_database) == 1
    assert await numbers(empty_database) == [(1, 1), (2, 2)]


async def test_a_number_is_never_seen_before_those_below_it(empty_database: Database, happen: Happen) -> None:
    done = asyncio.Event()

    async def write(ticket_id: int) -> None:
        for _ in range(15):
            await happen(ticket_id)

    async def keep_numbering() -> None:
        while not done.is_set() or await unnumbered(empty_database):
            await number(empty_database)

    async def read() -> list[int]:
        seen = [0]
        while len(seen) <= 6 * 15:
            async with empty_database.read_sessions() as session:
                page = await EventRepository(session).after(seen[-1], 10)
            seen += [event.sequence or 0 for event in page]
        return seen

    async with asyncio.TaskGroup() as group:
        reader = group.create_task(read())
        for _ in range(3):
            group.create_task(keep_numbering())
        await asyncio.gather(*(write(ticket_id) for ticket_id in range(1, 7)))
        done.set()
    assert reader.result() == list(range(6 * 15 + 1))


async def unnumbered(database: Database) -> int:
    async with database.read_sessions() as session:
        count = select(func.count()).select_from(Event).where(Event.sequence.is_(None))
        return await session.scalar(count) or 0


async def test_deliveries_are_planned_with_the_numbers_or_neither_is(empty_database: Database, happen: Happen) -> None:
    async def plan_for_nobody(session: Session, numbered: Sequence[Event]) -> list[NewDelivery]:
        return [NewDelivery("webhook", "webhook:1", {}, event.id, event.sequence, webhook_id=1) for event in numbered]

    await happen(1)
    with pytest.raises(ConstraintViolated):
        async with unit_of_work(empty_database.sessions) as session:
            await number_events(session, [post_every_event, plan_for_nobody])
    async with empty_database.read_sessions() as session:
        assert list(await session.scalars(select(Delivery.id))) == []
    assert await unnumbered(empty_database) == 1
    async with unit_of_work(empty_database.sessions) as session:
        await number_events(session, [post_every_event])
    async with empty_database.read_sessions() as session:
        planned = [(one.lane, one.sequence, one.payload) for one in await session.scalars(select(Delivery))]
    assert planned == [("post:1", 1, {"type": "ticket.updated"})]


async def test_a_commit_is_told_of_without_anybody_looking(
    empty_database: Database, happen: Happen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "_LOOK_SECONDS", 3600)
    monkeypatch.setattr(draining, "_LOOK_SECONDS", 3600)
    post = Post()
    async with posting(empty_database, post):
        await happen(1)
        await until(lambda: post.sequences == [1])
        await happen(1, 2)
        await until(lambda: post.sequences == [1, 2, 3])
