"""Support tickets: opened and changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.attachments import service as attachments
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.errors import Forbidden, Invalid
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.followups.notes import add_opening
from helpdesk_api.domain.history import service as history
from helpdesk_api.domain.policy import may_close, may_edit_text
from helpdesk_api.domain.queues import service as queues
from helpdesk_api.domain.subscriptions import service as subscriptions
from helpdesk_api.domain.tickets import changes as ticket_changes
from helpdesk_api.domain.tickets import merging
from helpdesk_api.domain.tickets.commands import NewTicket, Status, TicketChanges
from helpdesk_api.domain.tickets.errors import TicketNotFound
from helpdesk_api.domain.tickets.references import problems_of_references
from helpdesk_api.domain.tickets.repository import BARE, WHOLE, TicketRepository
from helpdesk_api.domain.users import service as users
from helpdesk_api.models import Queue, Ticket
from helpdesk_api.storage.files import FileStorage

# What the opener or requester may change besides staff.
TEXT_FIELDS = frozenset(("title", "description"))


async def open_ticket(
    session: Session, actor: Actor, storage: FileStorage, new: NewTicket, files: Sequence[NewFile] = ()
) -> Ticket:
    """Open a support ticket in the actor's name; the opening follow-up carries the description and the files.

    A queue's default assignee gets it unless somebody is named. Raises `Invalid` naming `queue_id` or `assignee_id`
    when they are not there or not active.
    """
    given = {"queue_id": new.queue_id, "assignee_id": new.assignee_id}
    if problems := await problems_of_references(session, actor, given):
        raise Invalid(problems)
    queue = await queues.get_queue(session, actor, new.queue_id)
    assignee_id = new.assignee_id or await _default_assignee(session, queue)
    ticket = Ticket(
        kind="support",
        creator_id=actor.user_id,
        queue_id=queue.id,
        title=new.title,
        description=new.description,
        submitter_email=actor.email if new.submitter_email is None else new.submitter_email,
        assignee_id=assignee_id,
        status=Status.OPEN,
        priority=new.priority,
        due_date=new.due_date,
        custom_values=dict(new.custom_values),
    )
    await TicketRepository(session).add(ticket)
    assignee = None if assignee_id is None else await users.name_of(session, assignee_id)
    opening = await add_opening(session, actor, ticket, assignee)
    for file in files:
        await attachments.attach(session, actor, storage, ticket, opening, file)
    await subscriptions.enrol(session, ticket.id, actor.user_id, assignee_id)
    users.count(session, actor.user_id, posts=1)
    about = {"title": ticket.title, "queue_id": queue.id, "priority": ticket.priority}
    await events.record(session, actor, "ticket.created", ticket_id=ticket.id, followup_id=opening.id, changes=about)
    if assignee_id is not None:
        users.count(session, assignee_id, assigned=1)
        await ticket_changes.record_assignment(session, actor, ticket, None)
    return await get_support_ticket(session, actor, ticket.id)


async def _default_assignee(session: Session, queue: Queue) -> int | None:
    """Nobody, if they have been deactivated since."""
    user_id = queue.default_assignee_id
    return user_id if user_id is not None and await users.is_active(session, user_id) else None


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
