"""Merging one ticket into another: never into itself, never in a circle."""

from __future__ import annotations

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.parsing.errors import missing
from helpdesk_api.domain.tickets.repository import BARE, TicketRepository
from helpdesk_api.models import Ticket

INTO_ITSELF = "A ticket cannot be merged into itself."
IN_A_CIRCLE = "That ticket is merged into this one already."


async def problem_of_target(session: Session, actor: Actor, target_id: int, ticket: Ticket | None) -> str | None:
    """Why a ticket (a new one where it is `None`) cannot be merged into another, or `None`."""
    tickets = TicketRepository(session)
    if ticket is not None and target_id == ticket.id:
        return INTO_ITSELF
    target = await tickets.get(target_id, actor, load=BARE)
    if target is None or target.kind != "support":
        return missing(target_id)
    if ticket is not None and await tickets.is_merged_into(ticket.id, target_id):
        return IN_A_CIRCLE
    return None


async def check_target(session: Session, actor: Actor, ticket: Ticket, target_id: int) -> None:
    """Raise `Invalid` unless the ticket may be merged into the target; nobody else merges until this work is stored."""
    await TicketRepository(session).take_merging_turns()
    if problem := await problem_of_target(session, actor, target_id, ticket):
        raise Invalid(merged_to_id=[problem])
