"""Files added to what was said already."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.attachments import service as attachments
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.followups.notes import add_note
from helpdesk_api.domain.followups.repository import FollowUpRepository
from helpdesk_api.domain.followups.service import get_followup, get_reply
from helpdesk_api.domain.policy import may_edit_followup, may_edit_text
from helpdesk_api.domain.tickets import activity
from helpdesk_api.domain.tickets.support import get_support_ticket
from helpdesk_api.models import Attachment, FollowUp, Ticket
from helpdesk_api.storage.files import FileStorage


async def add_to_ticket(
    session: Session, actor: Actor, storage: FileStorage, ticket_id: int, files: Sequence[NewFile]
) -> list[Attachment]:
    """Add files to a ticket's own text: whoever may edit that. Raises `TicketNotFound`, `Forbidden`."""
    ticket = await get_support_ticket(session, actor, ticket_id, lock=True, whole=False)
    may_edit_text(actor, ticket)
    opening = await FollowUpRepository(session).get_opening(ticket_id, actor)
    if opening is None:  # deleted or made private: the files get a follow-up that says nothing
        opening = await add_note(session, actor, ticket, ticket.title or "")
    return await _add(session, actor, storage, ticket, opening, files)


async def add_to_reply(
    session: Session, actor: Actor, storage: FileStorage, followup_id: int, files: Sequence[NewFile]
) -> list[Attachment]:
    """Add files to a reply: its author, or staff. Raises `FollowUpNotFound`, `Forbidden`."""
    reply = await get_reply(session, actor, followup_id)
    may_edit_followup(actor, reply)
    ticket = await get_support_ticket(session, actor, reply.ticket_id, lock=True, whole=False)
    return await _add(session, actor, storage, ticket, reply, files)


async def add_to_followup(
    session: Session, actor: Actor, storage: FileStorage, followup_id: int, file: NewFile
) -> Attachment:
    """Add a file to any follow-up: its author, or staff. Raises `FollowUpNotFound`, `Forbidden`."""
    followup = await get_followup(session, actor, followup_id)
    may_edit_followup(actor, followup)
    ticket = await get_support_ticket(session, actor, followup.ticket_id, lock=True, whole=False)
    return (await _add(session, actor, storage, ticket, followup, [file]))[0]


async def _add(
    session: Session,
    actor: Actor,
    storage: FileStorage,
    ticket: Ticket,
    followup: FollowUp,
    files: Sequence[NewFile],
) -> list[Attachment]:
    added = [await attachments.attach(session, actor, storage, ticket.id, followup.id, file) for file in files]
    await activity.count_replies(session, ticket.id, None, 0)
    return [await attachments.get_attachment(session, actor, one.id) for one in added]
