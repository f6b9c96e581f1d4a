"""What the database keeps count of, held against counting everything anew, also while many write."""

from __future__ import annotations

import asyncio
import random

import pytest
from sqlalchemy import select, text, update

from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.subscriptions.repository import SubscriptionRepository
from helpdesk_api.models import Subscription, Ticket
from random_desk import kept_counts, random_desk

ANEW = text("SELECT recount_tickets(), recount_readers()")


@pytest.mark.parametrize("seed", range(3))
async def test_counting_everything_anew_finds_what_was_kept(session: Session, seed: int) -> None:
    desk = await random_desk(session, seed)
    await desk.change(40)
    kept = await kept_counts(session)
    await session.execute(ANEW)
    assert await kept_counts(session) == kept


async def test_nobody_is_counted_twice_who_is_assigned_and_subscribed_at_once(empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        desk = await random_desk(session, 7)
    people = [person.id for person in desk.people]

    async def write(seed: int) -> None:
        choose = random.Random(seed)  # noqa: S311
        for _ in range(40):
            # Few tickets, so that several meet on one.
            ticket = select(Ticket.id).where(Ticket.kind == "support").order_by(Ticket.id).limit(3)
            async with unit_of_work(empty_database.sessions) as session:
                ticket_id, person = choose.choice(list(await session.scalars(ticket))), choose.choice(people)
                await _change(session, ticket_id, person, choose.randrange(3))

    await asyncio.gather(*(write(seed) for seed in range(8)))
    async with unit_of_work(empty_database.sessions) as session:
        kept = await kept_counts(session)
        await session.execute(ANEW)
        assert await kept_counts(session) == kept


async def _change(session: Session, ticket_id: int, person: int, what: int) -> None:
    if what == 0:
        await session.execute(update(Ticket).where(Ticket.id == ticket_id).values(assignee_id=person))
    elif what == 1:
        await SubscriptionRepository(session).add(ticket_id, person)
    else:
        mine = (Subscription.ticket_id == ticket_id, Subscription.user_id == person)
        followed = await session.scalar(select(Subscription.id).where(*mine))
        if followed is not None:
            await SubscriptionRepository(session).remove(followed)
