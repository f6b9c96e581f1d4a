"""The count the database keeps of the tickets, and the pages that are reached from the end."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from factories import Account, make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.tickets import service as tickets
from helpdesk_api.domain.tickets.commands import TicketFilter, UploadStatus
from helpdesk_api.domain.tickets.totals import known_total
from helpdesk_api.models import Queue, Ticket, TicketCount
from helpdesk_api.paging import PageRequest

KEPT = [
    TicketFilter(),
    TicketFilter(kinds=frozenset(("support",))),
    TicketFilter(kinds=frozenset(("upload",))),
    TicketFilter(kinds=frozenset(("upload",)), statuses=frozenset((1,))),
    TicketFilter(statuses=frozenset((1, 4)), order=("-created",)),
]
COUNTED = [
    TicketFilter(search="printer"),
    TicketFilter(upload_statuses=frozenset((UploadStatus.PENDING,)), search="printer"),
    TicketFilter(on_hold=False),
    TicketFilter(assignee_ids=frozenset((1, 2))),
    TicketFilter(assignee_ids=frozenset((1,)), on_hold=True),
]


def rows(account: Account, queue: Queue, total: int) -> list[dict[str, Any]]:
    support = {"kind": "support", "queue_id": queue.id, "title": "", "description": "", "submitter_email": ""}
    upload = {"kind": "upload", "file_limit": 1}
    made: list[dict[str, Any]] = []
    for number in range(total):
        values = upload if number % 3 == 0 else {**support, "status": number % 5 + 1, "priority": 3}
        made.append({"creator_id": account.id, **values})
    return made


async def store(session: Session, account: Account, total: int) -> Queue:
    queue = await session.scalar(select(Queue).order_by(Queue.id).limit(1))
    assert queue is not None
    for row in rows(account, queue, total):
        await session.execute(insert(Ticket).values(row))
    return queue


async def counted(session: Session, wanted: TicketFilter) -> int:
    query = select(func.count()).select_from(Ticket).where(Ticket.kind.in_(wanted.kinds))
    if wanted.statuses is not None:
        query = query.where(Ticket.status.in_(wanted.statuses))
    return await session.scalar(query) or 0


@pytest.mark.parametrize("wanted", KEPT)
async def test_the_count_is_kept_through_insertions_changes_and_deletions(
    session: Session, agent: Account, wanted: TicketFilter
) -> None:
    queue = await store(session, agent, 30)
    await session.execute(text("UPDATE tickets SET status = 4 WHERE status IN (1, 2)"))
    await session.execute(text("UPDATE tickets SET title = 'changed' WHERE kind = 'support'"))
    await session.execute(text("DELETE FROM tickets WHERE status = 5"))
    here = replace(wanted, queue_ids=frozenset((queue.id,)))
    assert await known_total(session, agent.actor, wanted) == await counted(session, wanted)
    assert await known_total(session, agent.actor, here) == await counted(
        session, replace(wanted, kinds=wanted.kinds & {"support"})
    )


@pytest.mark.parametrize("wanted", COUNTED)
async def test_what_no_count_and_no_index_has_is_found_before_it_is_counted(
    session: Session, agent: Account, wanted: TicketFilter
) -> None:
    assert await known_total(session, agent.actor, wanted) is None


async def test_a_count_of_everything_is_only_for_those_who_see_everything(session: Session, requester: Account) -> None:
    await store(session, requester, 9)
    stranger = await make_account(session, "stranger")
    assert await known_total(session, stranger.actor, TicketFilter()) == 0
    assert await known_total(session, requester.actor, TicketFilter(statuses=frozenset((1,)))) is None
    team = replace(requester.actor, reads_every_ticket=True)
    assert await known_total(session, team, TicketFilter()) is None
    assert await known_total(session, team, TicketFilter(kinds=frozenset(("support",)))) == 6


@pytest.mark.parametrize("size", [1, 4, 7, 25])
async def test_a_page_is_the_same_from_either_end(session: Session, agent: Account, size: int) -> None:
    await store(session, agent, 25)
    everything = list(await session.scalars(select(Ticket.id).order_by(Ticket.id)))
    pages = -(-len(everything) // size)
    for number in range(1, pages + 1):
        page = await tickets.list_tickets(session, agent.actor, TicketFilter(), PageRequest(number, size))
        assert [ticket.id for ticket in page.items] == everything[(number - 1) * size : number * size]
        assert (page.total, page.number) == (len(everything), number)


async def test_the_count_stays_exact_while_many_write_and_rows_are_folded(empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        account = await make_account(session, "agent", is_staff=True)
    actor = account.actor
    seen: list[tuple[int | None, int]] = []

    async def write(seed: int) -> None:
        choose = random.Random(seed)  # noqa: S311
        for _ in range(60):
            async with unit_of_work(empty_database.sessions) as session:
                queue = await store(session, account, 3)
                if choose.random() < 0.5:
                    await session.execute(
                        text("UPDATE tickets SET status = 4 WHERE id = (SELECT max(id) FROM tickets WHERE status = 3)")
                    )
                assert queue is not None

    async def watch() -> None:
        for _ in range(40):
            seen.append(await _both(empty_database, actor))
            await asyncio.sleep(0)

    await asyncio.gather(*(write(seed) for seed in range(6)), watch())
    seen.append(await _both(empty_database, actor))
    assert [kept for kept, _ in seen] == [really for _, really in seen]
    assert seen[-1] == (1080, 1080)
    async with empty_database.read_sessions() as session:
        # Without folding there would be a row for each of the 1080 insertions.
        assert (await session.scalar(select(func.count()).select_from(TicketCount)) or 0) < 1080


async def _both(database: Database, actor: Actor) -> tuple[int | None, int]:
    """The count that is kept and the real one, in one snapshot."""
    async with unit_of_work(database.sessions) as session:
        await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        kept = await known_total(session, actor, TicketFilter())
        return kept, await counted(session, TicketFilter())
