"""The events table, and what else is told with an event."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from helpdesk_api.db.announcer import EVENTS
from helpdesk_api.db.session import Session
from helpdesk_api.models import Event, Ticket, User

if TYPE_CHECKING:
    from helpdesk_api.domain.events.telling import ToldTicket

# "numb": an arbitrary key of our own among the advisory locks.
_TURN = 0x6E756D62
# The index of unnumbered events finds them; `max` reads one entry of that of the numbers.
_NUMBER = text("""
    WITH newest AS (SELECT coalesce(max(sequence), 0) AS number FROM events),
         batch AS (SELECT id, row_number() OVER (ORDER BY id) AS place
                   FROM (SELECT id FROM events WHERE sequence IS NULL ORDER BY id LIMIT :most) oldest)
    UPDATE events SET sequence = newest.number + batch.place FROM newest, batch WHERE events.id = batch.id
    RETURNING events.sequence
""")


class EventRepository:
    """Append-only: events are written once, numbered once, and never changed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, **values: Any) -> None:
        """Write an event with the rest of this unit of work."""
        self._session.add(Event(**values))

    async def take_turn(self) -> bool:
        """Whether this unit of work is the one that numbers events, until it ends."""
        return bool(await self._session.scalar(select(func.pg_try_advisory_xact_lock(_TURN))))

    async def number(self, most: int) -> Sequence[int]:
        """Give the oldest committed events without a number the next ones; those numbers, in no order."""
        return (await self._session.scalars(_NUMBER, {"most": most})).all()

    async def announce_numbers(self) -> None:
        """Tell every process once this is stored that there are newer events."""
        await self._session.execute(select(func.pg_notify(EVENTS, "")))

    async def newest(self) -> int:
        """The number of the newest event, 0 while there is none."""
        return await self._session.scalar(select(func.coalesce(func.max(Event.sequence), 0))) or 0

    async def after(
        self, sequence: int, most: int, types: Collection[str] = (), ticket_id: int | None = None
    ) -> Sequence[Event]:
        """The next events after a number, in order: of these types, of this ticket, where that is asked for."""
        query = select(Event).where(Event.sequence > sequence)
        if types:
            query = query.where(Event.type.in_(sorted(types)))
        if ticket_id is not None:
            query = query.where(Event.ticket_id == ticket_id)
        return (await self._session.scalars(query.order_by(Event.sequence).limit(most))).all()

    async def usernames(self, user_ids: Collection[int]) -> dict[int, str]:
        """The names of users by their ids, where they still exist."""
        if not user_ids:
            return {}
        rows = await self._session.execute(select(User.id, User.username).where(User.id.in_(sorted(user_ids))))
        return {row.id: row.username for row in rows}

    async def tickets(self, ticket_ids: Collection[int]) -> dict[int, ToldTicket]:
        """What is told of tickets, by their ids, where they still exist."""
        if not ticket_ids:
            return {}
        columns = select(Ticket.id, Ticket.kind, Ticket.title)
        rows = await self._session.execute(columns.where(Ticket.id.in_(sorted(ticket_ids))))
        return {row.id: {"id": row.id, "kind": row.kind, "title": row.title} for row in rows}
