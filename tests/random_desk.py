"""A help desk of random tickets, changed at random."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from factories import Account, make_account, make_department, make_queue
from helpdesk_api.db.session import Session
from helpdesk_api.models import FollowUp, Queue, ReaderCount, Subscription, Ticket, TicketBlock, TicketCount

WORDS = ("printer", "network", "needle")


class Desk:
    """Random tickets of some people, changed at random."""

    def __init__(self, session: Session, people: Sequence[Account], queues: Sequence[Queue], seed: int) -> None:
        self.people, self.queues = people, queues
        self._session = session
        self._choose = random.Random(seed)  # noqa: S311

    async def fill(self, tickets: int) -> None:
        for number in range(tickets):
            values = self._upload() if number % 4 == 0 else self._support()
            moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=self._choose.randrange(12))
            made = insert(Ticket).values(created_at=moment, last_activity_at=moment, **values).returning(Ticket.id)
            ticket_id = await self._session.scalar(made)
            if values["kind"] == "support":
                await self._say(ticket_id, values["description"])
        for ticket_id in await self._some(tickets // 2):
            await self._follow(ticket_id)

    async def change(self, times: int) -> None:
        """Assign, hold, move, close, address anew, follow, follow no longer, upload, delete."""
        columns: dict[str, Any] = {
            "assignee_id": self._person,
            "on_hold": lambda: self._choose.random() < 0.5,
            "queue_id": lambda: self._choose.choice(self.queues).id,
            "status": lambda: self._choose.randint(1, 5),
            "submitter_email": self._address,
        }
        for ticket_id in await self._some(times):
            name = self._choose.choice(list(columns))
            support = (Ticket.id == ticket_id, Ticket.kind == "support")
            await self._session.execute(update(Ticket).where(*support).values({name: columns[name]()}))
            upload = (Ticket.id == ticket_id, Ticket.kind == "upload")
            await self._session.execute(update(Ticket).where(*upload).values(file_count=self._choose.randint(0, 2)))
            if self._choose.random() < 0.3:
                await self._follow(ticket_id)
            if self._choose.random() < 0.2:
                await self._session.execute(delete(Subscription).where(Subscription.ticket_id == ticket_id))
            if self._choose.random() < 0.1:
                await self._session.execute(delete(Ticket).where(Ticket.id == ticket_id))

    def _upload(self) -> dict[str, Any]:
        return {
            "kind": "upload",
            "creator_id": self._choose.choice(self.people).id,
            "file_limit": 2,
            "file_count": self._choose.randint(0, 2),
        }

    def _support(self) -> dict[str, Any]:
        return {
            "kind": "support",
            "creator_id": self._choose.choice(self.people).id,
            "queue_id": self._choose.choice(self.queues).id,
            "title": self._choose.choice(("a", "b", "c")),
            "description": " ".join(self._choose.choices(WORDS, k=2)),
            "submitter_email": self._address(),
            "assignee_id": self._person(),
            "status": self._choose.randint(1, 5),
            "priority": self._choose.randint(1, 5),
            "on_hold": self._choose.random() < 0.2,
            "due_date": self._choose.choice((None, datetime(2026, 4, self._choose.randint(1, 3), tzinfo=UTC))),
            "custom_values": self._choose.choice(({}, {"1": "red"})),
            "reply_count": self._choose.randint(0, 2),
        }

    async def _say(self, ticket_id: Any, description: str) -> None:
        opening = {"ticket_id": ticket_id, "is_opening": True, "title": "", "comment": description, "public": True}
        reply = {"ticket_id": ticket_id, "is_opening": False, "title": "", "public": self._choose.random() < 0.5}
        reply["comment"] = self._choose.choice(WORDS)
        for said in (opening, reply)[: self._choose.randint(1, 2)]:
            await self._session.execute(insert(FollowUp).values(said))

    async def _follow(self, ticket_id: int) -> None:
        user_id = self._choose.choice(self.people).id
        is_support = select(Ticket.id).where(Ticket.id == ticket_id, Ticket.kind == "support")
        if await self._session.scalar(is_support) is not None:
            followed = select(Subscription.id).where(
                Subscription.ticket_id == ticket_id, Subscription.user_id == user_id
            )
            if await self._session.scalar(followed) is None:
                await self._session.execute(insert(Subscription).values(ticket_id=ticket_id, user_id=user_id))

    def _person(self) -> int | None:
        return self._choose.choice((None, *(person.id for person in self.people)))

    def _address(self) -> str:
        return self._choose.choice(("", "two@example.com", "three@example.com", "nobody@example.com"))

    async def _some(self, times: int) -> list[int]:
        ids = list(await self._session.scalars(select(Ticket.id).order_by(Ticket.id)))
        return self._choose.choices(ids, k=times)


async def random_desk(session: Session, seed: int) -> Desk:
    """Staff, two people with addresses and one without, queues of two departments, and 60 tickets changed 60 times."""
    first = await make_department(session, "First")
    second = await make_department(session, "Second")
    queues = [
        await make_queue(session, "Same name", first),
        await make_queue(session, "Same name", second, slug="same"),
        await make_queue(session, "Other", second),
    ]
    people = [
        await make_account(session, "one", is_staff=True),
        await make_account(session, "two", email="two@example.com"),
        await make_account(session, "three", email="three@example.com"),
        await make_account(session, "four"),
    ]
    desk = Desk(session, people, queues, seed)
    await desk.fill(60)
    await desk.change(60)
    return desk


async def kept_counts(session: Session) -> list[Any]:
    """Everything the database keeps count of, summed up; what comes to nothing left out."""
    counts = TicketCount.kind, TicketCount.queue_id, TicketCount.status, TicketCount.stage
    readers = ReaderCount.user_id, ReaderCount.email, ReaderCount.kind
    found: list[Any] = []
    for columns, counted in (
        (counts, (func.sum(TicketCount.tickets),)),
        ((TicketBlock.kind, TicketBlock.block), (func.sum(TicketBlock.tickets),)),
        (readers, (func.sum(ReaderCount.tickets), func.sum(ReaderCount.own))),
    ):
        rows = await session.execute(select(*columns, *counted).group_by(*columns).order_by(*columns))
        found += [tuple(row) for row in rows if any(row[len(columns) :])]
    return found
