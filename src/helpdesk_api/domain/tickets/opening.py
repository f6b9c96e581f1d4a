"""Support tickets, opened."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.attachments import service as attachments
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.events.request_id import current_request_id
from helpdesk_api.domain.queues.destinations import Destination, destination_of
from helpdesk_api.domain.tickets import hot_writes
from helpdesk_api.domain.tickets.changes import assignment_type
from helpdesk_api.domain.tickets.commands import NewTicket
from helpdesk_api.domain.tickets.hot_writes import NewEvent, Opened
from helpdesk_api.domain.tickets.references import problems_of_references
from helpdesk_api.domain.tickets.support import get_support_ticket
from helpdesk_api.domain.users import service as users
from helpdesk_api.models import Ticket
from helpdesk_api.storage.files import FileStorage

LONGEST_TITLE = 200


async def open_ticket(
    session: Session,
    actor: Actor,
    storage: FileStorage,
    new: NewTicket,
    files: Sequence[NewFile] = (),
    destination: Destination | None = None,
) -> Ticket:
    """Open a support ticket in the actor's name; the opening follow-up carries the description and the files.

    A queue's default assignee gets it unless somebody is named; `destination` is where that leads, from whoever has
    looked it up already. Raises `Invalid` naming `queue_id` or `assignee_id` when they are not there or not active.
    """
    destination = destination or await destination_of(session, new.queue_id, new.assignee_id)
    if destination is None or not destination.takes(new.assignee_id):
        given = {"queue_id": new.queue_id, "assignee_id": new.assignee_id}
        raise Invalid(await problems_of_references(session, actor, given))
    if files:
        await session.connection()  # what follows belongs to the same transaction
    values = {
        "creator_id": actor.user_id,
        "queue_id": new.queue_id,
        "title": new.title,
        "description": new.description,
        "submitter_email": actor.email if new.submitter_email is None else new.submitter_email,
        "assignee_id": destination.assignee_id,
        "priority": new.priority,
        "due_date": new.due_date,
        "custom_values": dict(new.custom_values),
    }
    title = _title(destination)
    opened = await hot_writes.open_ticket(
        session,
        values=values,
        opening_title=title,
        events=_events(actor, new, destination),
        request_id=current_request_id.get(),
        # Where more follows, the users' rows are locked last, as everywhere: see `users.count`.
        counts=not files,
    )
    if files:
        return await _with_files(session, actor, storage, opened, destination, files)
    return hot_writes.as_ticket(opened, values, title, actor.username)


async def _with_files(
    session: Session,
    actor: Actor,
    storage: FileStorage,
    opened: Opened,
    destination: Destination,
    files: Sequence[NewFile],
) -> Ticket:
    for file in files:
        await attachments.attach(session, actor, storage, opened.ticket_id, opened.followup_id, file)
    users.count(session, actor.user_id, posts=1)
    if destination.assignee_id is not None:
        users.count(session, destination.assignee_id, assigned=1)
    return await get_support_ticket(session, actor, opened.ticket_id)


def _title(destination: Destination) -> str:
    assignee = destination.assignee_name
    return f"Ticket Opened & Assigned to {assignee}"[:LONGEST_TITLE] if assignee else "Ticket Opened"


def _events(actor: Actor, new: NewTicket, destination: Destination) -> list[NewEvent]:
    about = {"title": new.title, "queue_id": new.queue_id, "priority": new.priority}
    told = [NewEvent("ticket.created", None, about, tells_of_opening=True)]
    if destination.assignee_id is not None:
        changes = {"assignee_id": {"from": None, "to": destination.assignee_id}}
        told.append(NewEvent(assignment_type(actor, destination.assignee_id), destination.assignee_id, changes))
    return told
