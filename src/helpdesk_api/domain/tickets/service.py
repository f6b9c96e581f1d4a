"""Tickets of either kind: found, listed, deleted."""

from __future__ import annotations

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.attachments import service as attachments
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.policy import may_delete_ticket
from helpdesk_api.domain.tickets.commands import TicketFilter
from helpdesk_api.domain.tickets.errors import TicketNotFound
from helpdesk_api.domain.tickets.repository import TicketRepository
from helpdesk_api.models import Ticket
from helpdesk_api.paging import Page, PageRequest
from helpdesk_api.storage.files import FileStorage


async def get_ticket(session: Session, actor: Actor, ticket_id: int) -> Ticket:
    """One ticket. Raises `TicketNotFound`."""
    ticket = await TicketRepository(session).get(ticket_id, actor)
    if ticket is None:
        raise TicketNotFound
    return ticket


async def list_tickets(session: Session, actor: Actor, wanted: TicketFilter, request: PageRequest) -> Page[Ticket]:
    """A page of tickets in ascending id. Raises `PageOutOfRange`."""
    return await TicketRepository(session).page(actor, wanted, request)


async def delete_ticket(session: Session, actor: Actor, storage: FileStorage, ticket_id: int) -> None:
    """Delete a ticket, everything said on it and its files. Raises `TicketNotFound`, `Forbidden`."""
    ticket = await TicketRepository(session).get(ticket_id, actor, lock=True)
    if ticket is None:
        raise TicketNotFound
    may_delete_ticket(actor, ticket)
    await attachments.remove_files_of_ticket(session, storage, ticket.id)
    await TicketRepository(session).remove(ticket.id)
    await events.record(session, actor, "ticket.deleted", ticket_id=ticket.id, changes={"kind": ticket.kind})
