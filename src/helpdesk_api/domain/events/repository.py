"""The events table, and what else is told with an event."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from helpdesk_api.db.session import Session
from helpdesk_api.models import Event, Ticket, User

if TYPE_CHECKING:
    from helpdesk_api.domain.events.telling import ToldTicket


class EventRepository:
    """Append-only: events are written once, numbered once, and never changed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, **values: Any) -> None:
        """Write an event with the rest of this unit of work."""
        self._session.add(Event(**values))

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
