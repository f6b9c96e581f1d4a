"""Support tickets: opened and changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import Forbidden, Invalid
from helpdesk_api.domain.history import service as history
from helpdesk_api.domain.policy import may_close, may_edit_text
from helpdesk_api.domain.tickets import changes as ticket_changes
from helpdesk_api.domain.tickets import merging
from helpdesk_api.domain.tickets.commands import Status, TicketChanges
from helpdesk_api.domain.tickets.errors import TicketNotFound
from helpdesk_api.domain.tickets.references import problems_of_references
from helpdesk_api.domain.tickets.repository import BARE, WHOLE, TicketRepository
from helpdesk_api.models import Ticket

# What the opener or requester may change besides staff.
TEXT_FIELDS = frozenset(("title", "description"))


async def get_support_ticket(
    session: Session, actor: Actor, ticket_id: int, *, lock: bool = False, whole: bool = True
) -> Ticket:
    """One support ticket, with its whole conversation or by itself. Raises `TicketNotFound`."""
    ticket = await find_support_ticket(session, actor, ticket_id, lock=lock, whole=whole)
    if ticket is None:
        raise TicketNotFound
    return ticket


async def find_support_ticket(
    session: Session, actor: Actor, ticket_id: int, *, lock: bool = False, whole: bool = False
) -> Ticket | None:
    """As `get_support_ticket`, but `None` where there is no such ticket."""
    ticket = await TicketRepository(session).get(ticket_id, actor, load=WHOLE if whole else BARE, lock=lock)
    return ticket if ticket is not None and ticket.kind == "support" else None


async def change_ticket(session: Session, actor: Actor, ticket_id: int, changes: TicketChanges) -> Ticket:
    """Change a support ticket: staff anything, its opener and requester the text.

    The old description is kept as a revision. Raises `TicketNotFound`, `Forbidden`, and `Invalid` as
    `problems_of_references` says.
    """
    ticket = await get_support_ticket(session, actor, ticket_id, lock=True)
    await change_locked(session, actor, ticket, changes)
    return await get_support_ticket(session, actor, ticket_id)


async def change_locked(session: Session, actor: Actor, ticket: Ticket, changes: TicketChanges) -> None:
    """As `change_ticket`, for a ticket that is locked already."""
    differing = {name: value for name, value in changes.items() if _differs(ticket, name, value)}
    _check_change_is_allowed(actor, ticket, differing)
    if problems := await problems_of_references(session, actor, differing, ticket):
        raise Invalid(problems)
    await apply_changes(session, actor, ticket, differing)


def _check_change_is_allowed(actor: Actor, ticket: Ticket, differing: dict[str, Any]) -> None:
    """Staff change anything. Whoever may close a ticket may do so by setting its status, too."""
    others = set(differing)
    if differing.get("status") == Status.CLOSED:
        may_close(actor, ticket)
        others.discard("status")
    if others or not differing:
        may_edit_text(actor, ticket)
    if not actor.is_staff and not others <= TEXT_FIELDS:
        raise Forbidden


async def apply_changes(session: Session, actor: Actor, ticket: Ticket, differing: dict[str, Any]) -> None:
    """Set what differs on a locked ticket, and write down each thing that this means."""
    if not differing:
        return
    if differing.get("merged_to_id") is not None:
        await merging.check_target(session, actor, ticket, differing["merged_to_id"])
    if "description" in differing:
        editor_id = ticket.modified_by_id or ticket.creator_id
        await history.keep_revision(session, ticket_id=ticket.id, editor_id=editor_id, content=ticket.description or "")
    if "custom_values" in differing:
        differing["custom_values"] = _merged_custom_values(ticket, differing["custom_values"])
    before = ticket_changes.snapshot(ticket)
    for name, value in differing.items():
        setattr(ticket, name, value)
    now = datetime.now(UTC)
    ticket.last_activity_at = now
    if differing.keys() & TEXT_FIELDS:
        ticket.modified_at, ticket.modified_by_id = now, actor.user_id
    await ticket_changes.record(session, actor, ticket, before)
    await session.flush()


def _differs(ticket: Ticket, name: str, value: Any) -> bool:
    if name == "custom_values":
        return _merged_custom_values(ticket, value) != ticket.custom_values
    return bool(getattr(ticket, name) != value)


def _merged_custom_values(ticket: Ticket, values: dict[str, Any]) -> dict[str, Any]:
    merged = {**ticket.custom_values, **values}
    return {name: value for name, value in merged.items() if value is not None}
