"""Queries on tickets; each read starts from what the actor may see."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select
from sqlalchemy.orm import joinedload, selectinload

from helpdesk_api.db.paginate import fetch_page
from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import visible_tickets
from helpdesk_api.domain.tickets.commands import TicketFilter, UploadStatus
from helpdesk_api.models import Ticket
from helpdesk_api.paging import Page, PageRequest

UPLOAD_STATUS: dict[UploadStatus, ColumnElement[bool]] = {
    UploadStatus.PENDING: Ticket.file_count == 0,
    UploadStatus.IN_PROGRESS: and_(Ticket.file_count > 0, Ticket.file_count < Ticket.file_limit),
    UploadStatus.COMPLETED: Ticket.file_count == Ticket.file_limit,
}


class TicketRepository:
    """Tickets of both kinds."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, ticket_id: int, actor: Actor, *, lock: bool = False) -> Ticket | None:
        """One visible ticket with its creator and files; `lock` keeps others from changing it meanwhile."""
        query = self._visible_to(actor).where(Ticket.id == ticket_id)
        if lock:
            query = query.with_for_update(of=Ticket)
        return await self._session.scalar(query.execution_options(populate_existing=True))

    async def page(self, actor: Actor, wanted: TicketFilter, request: PageRequest) -> Page[Ticket]:
        """A page of visible tickets in ascending id."""
        query = self._visible_to(actor).where(*_conditions(wanted)).order_by(Ticket.id)
        return await fetch_page(self._session, query, request)

    async def add(self, ticket: Ticket) -> None:
        """Store a new ticket and give it its id."""
        self._session.add(ticket)
        await self._session.flush()

    async def remove(self, ticket_id: int) -> None:
        """Delete a ticket with everything that hangs on it."""
        await self._session.execute(delete(Ticket).where(Ticket.id == ticket_id))

    def _visible_to(self, actor: Actor) -> Select[Ticket]:
        whole = (joinedload(Ticket.creator), selectinload(Ticket.files))
        return select(Ticket).options(*whole).where(visible_tickets(actor))


def _conditions(wanted: TicketFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if len(wanted.kinds) == 1:
        conditions.append(Ticket.kind.in_(wanted.kinds))
    if (by_status := _by_status(wanted)) is not None:
        conditions.append(by_status)
    if wanted.start_date is not None:
        conditions.append(Ticket.created_at >= datetime.combine(wanted.start_date, time(), UTC))
    if wanted.end_date is not None:
        conditions.append(Ticket.created_at < datetime.combine(wanted.end_date, time(), UTC) + timedelta(days=1))
    return conditions


def _by_status(wanted: TicketFilter) -> ColumnElement[bool] | None:
    """Words can only match upload tickets, numbers only support tickets; both together match either."""
    ways: list[Any] = []
    if wanted.upload_statuses is not None:
        ways += [and_(Ticket.kind == "upload", UPLOAD_STATUS[status]) for status in sorted(wanted.upload_statuses)]
    if wanted.statuses is not None:
        ways.append(and_(Ticket.kind == "support", Ticket.status.in_(sorted(wanted.statuses))))
    return or_(*ways) if ways else None
