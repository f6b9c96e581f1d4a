"""Tickets of either kind: found, listed, deleted."""

from __future__ import annotations

from dataclasses import replace

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.attachments import service as attachments
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.policy import may_delete_ticket
from helpdesk_api.domain.tickets.commands import SUPPORT, TicketFilter
from helpdesk_api.domain.tickets.errors import TicketNotFound
from helpdesk_api.domain.tickets.repository import BARE, TicketRepository
from helpdesk_api.domain.users import service as users
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


async def list_support_tickets(
    session: Session, actor: Actor, wanted: TicketFilter, request: PageRequest
) -> Page[Ticket]:
    """A page of support tickets, without what is said on them. Raises `PageOutOfRange`."""
    return await TicketRepository(session).page(actor, replace(wanted, kinds=SUPPORT), request, BARE)


async def delete_ticket(session: Session, actor: Actor, storage: FileStorage, ticket_id: int) -> None:
    """Delete a ticket, everything said on it and its files. Raises `TicketNotFound`, `Forbidden`."""
    ticket = await TicketRepository(session).get(ticket_id, actor, to_remove=True)
    if ticket is None:
        raise TicketNotFound
    may_delete_ticket(actor, ticket)
    await attachments.remove_files_of_ticket(session, storage, ticket.id)
    if ticket.kind == "support":
        await _uncount(session, ticket)
    await TicketRepository(session).remove(ticket.id)
    about = {"kind": ticket.kind, "title": ticket.title}
    await events.record(session, actor, "ticket.deleted", ticket_id=ticket.id, changes=about)


async def _uncount(session: Session, ticket: Ticket) -> None:
    """What was written on a ticket, and that somebody worked on it, counts no longer."""
    for user_id, posts in await TicketRepository(session).posts_by_author(ticket.id):
        users.count(session, user_id, posts=-posts)
    users.count(session, ticket.creator_id, posts=-1)
    if ticket.assignee_id is not None:
        users.count(session, ticket.assignee_id, assigned=-1)
