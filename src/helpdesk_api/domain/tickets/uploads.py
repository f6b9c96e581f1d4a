"""Upload tickets: a limit, and files that drive the status from PENDING over IN PROGRESS to COMPLETED."""

from __future__ import annotations

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.tickets.commands import UploadStatus
from helpdesk_api.domain.tickets.errors import TicketNotFound
from helpdesk_api.domain.tickets.repository import TicketRepository
from helpdesk_api.models import Ticket


def upload_status(ticket: Ticket) -> UploadStatus:
    """The status an upload ticket's files give it."""
    if ticket.file_count == 0:
        return UploadStatus.PENDING
    return UploadStatus.COMPLETED if ticket.file_count == ticket.file_limit else UploadStatus.IN_PROGRESS


async def open_upload_ticket(session: Session, actor: Actor, limit: int) -> Ticket:
    """Open a ticket that waits for `limit` files."""
    tickets = TicketRepository(session)
    ticket = Ticket(kind="upload", creator_id=actor.user_id, file_limit=limit)
    await tickets.add(ticket)
    await events.record(session, actor, "ticket.created", ticket_id=ticket.id, changes={"limit": limit})
    return await _get(tickets, actor, ticket.id)


async def change_limit(session: Session, actor: Actor, ticket_id: int, limit: int) -> Ticket:
    """Change how many files an upload ticket waits for, but not below those it has.

    Raises `TicketNotFound`, `Invalid`.
    """
    tickets = TicketRepository(session)
    ticket = await _get(tickets, actor, ticket_id, lock=True)
    if limit < ticket.file_count:
        raise Invalid(
            limit=[f"Ensure this value is greater than or equal to {ticket.file_count}: so many files are there."]
        )
    if limit != ticket.file_limit:
        changes = {"limit": {"from": ticket.file_limit, "to": limit}}
        ticket.file_limit = limit
        await events.record(session, actor, "ticket.updated", ticket_id=ticket.id, changes=changes)
        if limit == ticket.file_count:
            await events.record(session, actor, "upload.completed", ticket_id=ticket.id)
    return ticket


async def _get(tickets: TicketRepository, actor: Actor, ticket_id: int, *, lock: bool = False) -> Ticket:
    ticket = await tickets.get(ticket_id, actor, lock=lock)
    if ticket is None or ticket.kind != "upload":
        raise TicketNotFound
    return ticket
