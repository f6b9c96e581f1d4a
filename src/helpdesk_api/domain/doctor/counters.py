"""Counters held against what they count: files and replies of tickets, posts and assignments of users, all tickets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, select, text, update
from sqlalchemy.orm import InstrumentedAttribute

from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.doctor.clinic import Clinic
from helpdesk_api.domain.doctor.findings import Finding
from helpdesk_api.domain.users import totals
from helpdesk_api.models import Attachment, FollowUp, Ticket, TicketCount


class TicketCounter:
    """A counter of tickets: rows of another table that name the ticket."""

    def __init__(self, name: str, counter: InstrumentedAttribute[int], counted: Select[Any, Any], kind: str) -> None:
        self.name = name
        self._counter = counter
        self._kind = kind
        self._counted: Subquery = counted.subquery()

    async def find(self, clinic: Clinic) -> Sequence[Finding]:
        """Tickets whose counter is wrong. One statement sees counter and rows of one moment."""
        session = clinic.database.read_sessions()
        rows = (await session.execute(self._differing())).all()
        return [
            Finding(f"ticket {row.id}", f"counts {row.stored}, has {row.actual}", _advice(row.actual, row.limit))
            for row in rows
        ]

    async def mend(self, clinic: Clinic) -> None:
        """Count anew, where the limit allows it. Whoever changes what is counted holds the ticket, as we do."""
        session = clinic.database.read_sessions()
        wrong = [row.id for row in (await session.execute(self._differing())).all()]
        for first in range(0, len(wrong), 1000):
            async with unit_of_work(clinic.database.sessions) as session:
                await self.recount(session, wrong[first : first + 1000])

    async def recount(self, session: Session, ticket_ids: Sequence[int]) -> None:
        """Count for these tickets, once nobody else changes them."""
        some = Ticket.id.in_(ticket_ids)
        await session.execute(select(Ticket.id).where(some).order_by(Ticket.id).with_for_update())
        right = self._differing().where(some).subquery()
        fits = (right.c.limit.is_(None)) | (right.c.actual <= right.c.limit)
        await session.execute(
            update(Ticket)
            .where(Ticket.id == right.c.id, fits)
            .values({self._counter: right.c.actual})
            .execution_options(synchronize_session=False)
        )

    def _differing(self) -> Select[Any, Any, Any, Any]:
        actual: ColumnElement[int] = func.coalesce(self._counted.c.actual, 0)
        return (
            select(Ticket.id, self._counter.label("stored"), actual.label("actual"), Ticket.file_limit.label("limit"))
            .outerjoin(self._counted, self._counted.c.ticket_id == Ticket.id)
            .where(Ticket.kind == self._kind, self._counter != actual)
            .order_by(Ticket.id)
        )


def _advice(actual: int, limit: int | None) -> str | None:
    return None if limit is None or actual <= limit else f"its limit is {limit}: raise it to {actual}, then run again"


def _per_ticket(column: InstrumentedAttribute[int], *conditions: ColumnElement[bool]) -> Select[Any, Any]:
    return select(column.label("ticket_id"), func.count().label("actual")).where(*conditions).group_by(column)


UPLOAD_COUNTER = TicketCounter("upload counters", Ticket.file_count, _per_ticket(Attachment.ticket_id), "upload")
REPLY_COUNTER = TicketCounter(
    "reply counters",
    Ticket.reply_count,
    _per_ticket(FollowUp.ticket_id, and_(~FollowUp.is_opening, FollowUp.comment != "")),
    "support",
)


class UserCounter:
    """A counter of users, with the recount that the command line has for it as well."""

    def __init__(
        self,
        name: str,
        find: Callable[[Session], Awaitable[Sequence[totals.Recount]]],
        recount: Callable[[Session], Awaitable[Sequence[totals.Recount]]],
    ) -> None:
        self.name = name
        self._find = find
        self._recount = recount

    async def find(self, clinic: Clinic) -> Sequence[Finding]:
        """Users whose counter is wrong."""
        session = clinic.database.read_sessions()
        return [
            Finding(f"user {one.username}", f"counts {one.before}, has {one.after}")
            for one in await self._find(session)
        ]

    async def mend(self, clinic: Clinic) -> None:
        """Count anew."""
        async with unit_of_work(clinic.database.sessions) as session:
            await self._recount(session)


POST_COUNTER = UserCounter("post counters", totals.differing_posts, totals.recount_posts)
ASSIGNMENT_COUNTER = UserCounter("assignment counters", totals.differing_assigned, totals.recount_assigned)


class TicketTotals:
    """The counts that triggers keep, by kind, queue and status."""

    name = "ticket totals"

    async def find(self, clinic: Clinic) -> Sequence[Finding]:
        """Groups of tickets whose count is wrong."""
        session = clinic.database.read_sessions()
        rows = (await session.execute(_differing_totals())).all()
        return [
            Finding(
                f"{row.kind} tickets" + (f" of queue {row.queue_id} in status {row.status}" if row.queue_id else ""),
                f"counts {row.stored}, has {row.actual}",
            )
            for row in rows
        ]

    async def mend(self, clinic: Clinic) -> None:
        """Count all of them anew, while nobody writes tickets."""
        async with unit_of_work(clinic.database.sessions) as session:
            await session.execute(text("LOCK TABLE tickets IN SHARE ROW EXCLUSIVE MODE"))
            await session.execute(text("SELECT recount_tickets()"))


def _differing_totals() -> Select[Any]:
    queue, status = func.coalesce(Ticket.queue_id, 0), func.coalesce(Ticket.status, 0)
    actual = (
        select(Ticket.kind, queue.label("queue_id"), status.label("status"), func.count().label("tickets"))
        .group_by(Ticket.kind, queue, status)
        .subquery()
    )
    groups = (TicketCount.kind, TicketCount.queue_id, TicketCount.status)
    stored = select(*groups, func.sum(TicketCount.tickets).label("tickets")).group_by(*groups).subquery()
    same = and_(*(actual.c[name] == stored.c[name] for name in ("kind", "queue_id", "status")))
    has, counts = func.coalesce(actual.c.tickets, 0), func.coalesce(stored.c.tickets, 0)
    names = [func.coalesce(actual.c[name], stored.c[name]).label(name) for name in ("kind", "queue_id", "status")]
    return (
        select(*names, counts.label("stored"), has.label("actual"))
        .select_from(actual.join(stored, same, full=True))
        .where(has != counts)
        .order_by(*names)
    )


TICKET_TOTALS = TicketTotals()
