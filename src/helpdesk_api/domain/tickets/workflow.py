"""What people do with a support ticket: claim, assign, release, close, reopen, move."""

from __future__ import annotations

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.followups.notes import add_status_note
from helpdesk_api.domain.policy import may_close, may_release, require_staff
from helpdesk_api.domain.tickets.changes import snapshot, state_of
from helpdesk_api.domain.tickets.commands import CLOSED_STATUSES, Status, TicketChanges
from helpdesk_api.domain.tickets.errors import TicketClosed, TicketNotAssigned, TicketNotClosed, TicketTaken
from helpdesk_api.domain.tickets.stages import Stage, Urgency, moved_to, priority_of, urgency_of
from helpdesk_api.domain.tickets.support import apply_changes, change_locked, get_support_ticket
from helpdesk_api.domain.users import service as users
from helpdesk_api.models import Ticket


async def claim(session: Session, actor: Actor, ticket_id: int) -> Ticket:
    """Take an open ticket that nobody works on. Staff only. Raises `TicketClosed`, `TicketTaken`."""
    ticket = await get_support_ticket(session, actor, ticket_id, lock=True, whole=False)
    require_staff(actor)
    _must_be_open(ticket)
    if ticket.assignee_id not in (None, actor.user_id):
        raise TicketTaken
    return await _set(session, actor, ticket, assignee_id=actor.user_id)


async def assign(session: Session, actor: Actor, ticket_id: int, user_id: int) -> Ticket:
    """Give an open ticket to somebody, whoever has it now. Staff only. Raises `TicketClosed`, `Invalid`."""
    ticket = await get_support_ticket(session, actor, ticket_id, lock=True, whole=False)
    require_staff(actor)
    _must_be_open(ticket)
    if not await users.is_active(session, user_id):
        raise Invalid(user_id=[users.NO_ACTIVE_USER])
    return await _set(session, actor, ticket, assignee_id=user_id)


async def release(session: Session, actor: Actor, ticket_id: int) -> Ticket:
    """Give a ticket back. Its assignee, or an admin. Raises `TicketClosed`, `TicketNotAssigned`."""
    ticket = await get_support_ticket(session, actor, ticket_id, lock=True, whole=False)
    if ticket.assignee_id is None:
        require_staff(actor)
        raise TicketNotAssigned
    may_release(actor, ticket)
    _must_be_open(ticket)
    return await _set(session, actor, ticket, assignee_id=None)


async def close(session: Session, actor: Actor, ticket_id: int, comment: str = "") -> Ticket:
    """Close a ticket, saying why or not. Staff, assignee, opener, requester. Raises `TicketClosed`."""
    ticket = await get_support_ticket(session, actor, ticket_id, lock=True, whole=False)
    may_close(actor, ticket)
    _must_be_open(ticket)
    await add_status_note(session, actor, ticket, Status.CLOSED, comment)
    return await _set(session, actor, ticket, status=Status.CLOSED.value)


async def reopen(session: Session, actor: Actor, ticket_id: int, comment: str = "") -> Ticket:
    """Open a closed ticket again. Whoever may close it. Raises `TicketNotClosed`."""
    ticket = await get_support_ticket(session, actor, ticket_id, lock=True, whole=False)
    may_close(actor, ticket)
    if ticket.status not in CLOSED_STATUSES:
        raise TicketNotClosed
    await add_status_note(session, actor, ticket, Status.REOPENED, comment)
    return await _set(session, actor, ticket, status=Status.REOPENED.value)


async def change(
    session: Session,
    actor: Actor,
    ticket_id: int,
    changes: TicketChanges,
    *,
    stage: Stage | None = None,
    urgency: Urgency | None = None,
) -> Ticket:
    """Change a ticket, and move it to a stage or an urgency; what it has already is kept as finely as it is stored.

    Raises what `support.change_ticket` does, and `Forbidden` for a stage that takes a ticket off whoever has it, unless
    `release` would do it.
    """
    ticket = await get_support_ticket(session, actor, ticket_id, lock=True, whole=False)
    wanted = changes.copy()
    if stage is not None:
        moved = stage_changes(actor, ticket, stage)
        if ticket.assignee_id is not None and moved["assignee_id"] is None:
            may_release(actor, ticket)
        wanted.update(moved)
    if urgency is not None and ticket.priority is not None and urgency_of(ticket.priority) != urgency:
        wanted["priority"] = priority_of(urgency)
    await change_locked(session, actor, ticket, wanted)
    return ticket


def stage_changes(actor: Actor, ticket: Ticket, stage: Stage) -> TicketChanges:
    """The stored values that put a ticket in a stage."""
    state = moved_to(state_of(snapshot(ticket)), stage, actor.user_id)
    return {"status": state.status, "on_hold": state.on_hold, "assignee_id": state.assignee_id}


def _must_be_open(ticket: Ticket) -> None:
    if ticket.status in CLOSED_STATUSES:
        raise TicketClosed


async def _set(session: Session, actor: Actor, ticket: Ticket, **values: object) -> Ticket:
    differing = {name: value for name, value in values.items() if getattr(ticket, name) != value}
    await apply_changes(session, actor, ticket, differing)
    return ticket
