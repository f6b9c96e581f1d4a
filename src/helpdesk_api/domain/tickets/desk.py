"""The desk's own view of tickets, where support tickets are for staff, and each user's list of their own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import may_see_support_desk
from helpdesk_api.domain.tickets import service as tickets
from helpdesk_api.domain.tickets.commands import TicketFilter
from helpdesk_api.domain.tickets.errors import TicketNotFound
from helpdesk_api.domain.tickets.repository import TicketRepository
from helpdesk_api.models import Ticket
from helpdesk_api.paging import Page, PageRequest


async def list_tickets(session: Session, actor: Actor, wanted: TicketFilter, request: PageRequest) -> Page[Ticket]:
    """A page of tickets with everything said on them; of upload tickets only for plain users.

    Raises `PageOutOfRange`.
    """
    if not actor.is_staff:
        wanted = replace(wanted, kinds=wanted.kinds - {"support"})
    return await tickets.list_tickets(session, actor, wanted, request)


async def get_ticket(session: Session, actor: Actor, ticket_id: int, kinds: Collection[str]) -> Ticket:
    """One ticket of these kinds with everything said on it.

    Raises `TicketNotFound`, and `Forbidden` for a support ticket that a plain user may see elsewhere, but not here.
    """
    ticket = await tickets.get_ticket(session, actor, ticket_id)
    if ticket.kind not in kinds:
        raise TicketNotFound
    if ticket.kind == "support":
        may_see_support_desk(actor)
    return ticket


async def list_own_tickets(session: Session, actor: Actor, request: PageRequest) -> Page[Ticket]:
    """A page of the support tickets the actor opened or requested, newest first. Raises `PageOutOfRange`."""
    return await TicketRepository(session).page_of_own(actor, request)


async def get_own_ticket(session: Session, actor: Actor, ticket_id: int) -> Ticket:
    """One support ticket the actor opened or requested. Raises `TicketNotFound`."""
    ticket = await TicketRepository(session).get_own(ticket_id, actor)
    if ticket is None:
        raise TicketNotFound
    return ticket
