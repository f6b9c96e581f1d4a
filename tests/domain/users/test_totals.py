"""Counting anew while others are counting."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import update

from factories import Account, make_account, make_department, make_queue
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.users import service as users
from helpdesk_api.domain.users.totals import Recount, recount_posts
from helpdesk_api.models import Ticket, User


async def open_ticket(session: Session, opener: Account, queue_id: int) -> None:
    """Open a ticket and count it, at the end of the unit of work."""
    values = {"title": "t", "description": "d", "submitter_email": "", "status": 1, "priority": 3}
    session.add(Ticket(kind="support", creator_id=opener.id, queue_id=queue_id, **values))
    await session.flush()
    users.count(session, opener.id, posts=1)


async def total(database: Database, account: Account) -> int | None:
    """The stored count."""
    async with database.read_sessions() as session:
        user = await session.get(User, account.id)
        return user and user.total_posts


async def prepare(database: Database) -> tuple[Account, int]:
    """An opener, counted wrongly, and a queue."""
    async with unit_of_work(database.sessions) as session:
        opener = await make_account(session, "ann", total_posts=7)
        return opener, (await make_queue(session, "Dataset", await make_department(session, "Design"))).id


async def recount(database: Database) -> Sequence[Recount]:
    """Count anew in a unit of work of its own."""
    async with unit_of_work(database.sessions) as session:
        return await recount_posts(session)


async def test_a_ticket_that_is_written_but_not_counted_yet_is_counted_once(empty_database: Database) -> None:
    ann, queue_id = await prepare(empty_database)
    async with unit_of_work(empty_database.sessions) as session:
        await open_ticket(session, ann, queue_id)
        assert await recount(empty_database) == [Recount("ann", 7, 0)]
    assert await total(empty_database, ann) == 1


async def test_counting_anew_waits_for_whoever_has_counted_but_not_committed(empty_database: Database) -> None:
    ann, queue_id = await prepare(empty_database)
    async with unit_of_work(empty_database.sessions) as session:
        await open_ticket(session, ann, queue_id)
        await session.execute(update(User).values(total_posts=User.total_posts))
        recounting = asyncio.create_task(recount(empty_database))
        await asyncio.sleep(0.2)
        assert not recounting.done()
    assert await recounting == [Recount("ann", 8, 1)]
    assert await total(empty_database, ann) == 1
