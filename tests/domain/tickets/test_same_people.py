"""Many units of work at once that write the same few people's rows: none is given up to end a deadlock."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from aftermath import counters_of
from factories import Account, make_account, make_department, make_queue
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.followups import service as followups
from helpdesk_api.domain.followups.commands import NewFollowUp
from helpdesk_api.domain.tickets import opening, service, workflow
from helpdesk_api.domain.tickets.commands import NewTicket
from helpdesk_api.domain.tokens.service import touch
from helpdesk_api.domain.users.service import change_user
from helpdesk_api.domain.users.totals import recount_assigned, recount_posts
from helpdesk_api.domain.users.verified_passwords import PasswordVerifier
from helpdesk_api.models import Token, User
from helpdesk_api.storage.files import LocalFiles

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
# The lock that the check of a foreign key takes.
REFER = select(User.id).with_for_update(read=True, key_share=True)


class Desk:
    """Three admins and a queue in a database of their own."""

    def __init__(self, database: Database, storage: LocalFiles, people: list[Account], queue_id: int) -> None:
        self.database = database
        self.people = people
        self._storage = storage
        self._queue_id = queue_id

    async def open(self, opener: Account, assignee: Account) -> int:
        """Open a ticket in one statement; its id."""
        new = NewTicket(queue_id=self._queue_id, title="Printer on fire", assignee_id=assignee.id)
        async with unit_of_work(self.database.one_step_sessions) as session:
            return (await opening.open_ticket(session, opener.actor, self._storage, new)).id

    async def work(self, choose: random.Random) -> None:
        """All that is counted of a ticket, from its opening to its end, each a unit of work by somebody else."""
        opener, first, second = choose.sample(self.people, 3)
        ticket = await self.open(opener, first)
        said = NewFollowUp(ticket_id=ticket, comment="Water?")
        async with unit_of_work(self.database.sessions) as session:
            await followups.reply(session, second.actor, self._storage, said)
        async with unit_of_work(self.database.sessions) as session:
            await workflow.assign(session, opener.actor, ticket, second.id)
        async with unit_of_work(self.database.sessions) as session:
            await workflow.release(session, first.actor, ticket)
        async with unit_of_work(self.database.sessions) as session:
            await workflow.claim(session, first.actor, ticket)
        async with unit_of_work(self.database.sessions) as session:
            await workflow.close(session, opener.actor, ticket, "It is out.")
        async with unit_of_work(self.database.sessions) as session:
            await service.delete_ticket(session, second.actor, self._storage, ticket)


@pytest.fixture
async def desk(empty_database: Database, storage: LocalFiles) -> Desk:
    """A desk at which nothing has happened yet."""
    async with unit_of_work(empty_database.sessions) as session:
        people = [await make_account(session, name, is_superuser=True) for name in ("ann", "ben", "cai")]
        queue = await make_queue(session, "Printers", await make_department(session, "IT"))
        return Desk(empty_database, storage, people, queue.id)


@pytest.fixture
def verifier() -> Iterator[PasswordVerifier]:
    """Hashes passwords, cheaply."""
    verifier = PasswordVerifier(rounds=4)
    yield verifier
    verifier.close()


async def waiting(database: Database, number: int) -> None:
    """Return once so many statements wait for a lock."""
    async with database.read_sessions() as session:
        while await session.scalar(WAITING) != number:
            await session.execute(text("SELECT pg_sleep(0.02)"))


async def test_tickets_opened_while_somebody_counts_and_somebody_refers_wait_in_turn(desk: Desk) -> None:
    ann, ben, _ = desk.people
    async with unit_of_work(desk.database.sessions) as referring:
        await referring.execute(REFER)
        async with unit_of_work(desk.database.sessions) as counting:
            await counting.execute(update(User).values(total_posts=User.total_posts + 1))
            pairs = [(ann, ben), (ben, ann)] * 3
            opened = [asyncio.create_task(desk.open(*pair)) for pair in pairs]
            await waiting(desk.database, len(opened))
        assert len(set(await asyncio.gather(*opened))) == len(opened)
    async with desk.database.read_sessions() as session:
        assert [await counters_of(session, one.id) for one in (ann, ben)] == [(4, 3), (4, 3)]


async def test_whatever_the_same_people_do_at_once_all_of_it_is_done(desk: Desk, verifier: PasswordVerifier) -> None:
    async def work(seed: int) -> None:
        choose = random.Random(seed)  # noqa: S311
        for number in range(5):
            await desk.work(choose)
            person = choose.choice(desk.people)
            async with unit_of_work(desk.database.sessions) as session:
                await change_user(session, person.actor, verifier, person.id, {"last_name": f"{seed}.{number}"})

    await asyncio.gather(*(work(seed) for seed in range(12)))
    async with unit_of_work(desk.database.sessions) as session:
        assert [await recount_posts(session), await recount_assigned(session)] == [[], []]
        assert [await counters_of(session, one.id) for one in desk.people] == [(0, 0)] * 3


async def test_somebody_is_changed_without_waiting_for_whoever_refers_to_them(
    desk: Desk, verifier: PasswordVerifier
) -> None:
    ann = desk.people[0]
    async with unit_of_work(desk.database.sessions) as referring, unit_of_work(desk.database.sessions) as session:
        await referring.execute(REFER)
        await session.execute(text("SET LOCAL lock_timeout = '1s'"))
        await change_user(session, ann.actor, verifier, ann.id, {"last_name": "Lee"})


async def test_a_token_used_while_its_user_ends_it_waits(desk: Desk, verifier: PasswordVerifier) -> None:
    ann, month = desk.people[0], timedelta(days=30)
    async with unit_of_work(desk.database.sessions) as session:
        await session.execute(update(Token).values(last_used_at=Token.last_used_at - timedelta(hours=2)))
        token_id = await session.scalar(select(Token.id).where(Token.user_id == ann.id))
        assert token_id is not None

    async def use() -> None:
        async with unit_of_work(desk.database.sessions) as session:
            await touch(session, token_id, month)

    async with unit_of_work(desk.database.sessions) as session:
        await change_user(session, ann.actor, verifier, ann.id, {"last_name": "Lee"})
        used = asyncio.create_task(use())
        await waiting(desk.database, 1)
        await change_user(session, ann.actor, verifier, ann.id, {"password": "another-horse-battery"})
    await used
    async with desk.database.read_sessions() as session:
        assert await session.scalar(select(Token.id).where(Token.user_id == ann.id)) is None
