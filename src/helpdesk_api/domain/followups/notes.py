"""The follow-ups that come with something done to a ticket: its closing and reopening."""

from __future__ import annotations

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.followups.repository import FollowUpRepository
from helpdesk_api.domain.tickets import activity
from helpdesk_api.domain.tickets.commands import Status
from helpdesk_api.models import FollowUp, Ticket


async def add_status_note(session: Session, actor: Actor, ticket: Ticket, status: Status, comment: str) -> None:
    """Write the follow-up of a change of status; the ticket itself is the caller's to change."""
    note = _public(actor, ticket, status.name.title(), comment)
    note.new_status = status.value
    await FollowUpRepository(session).add(note)
    await record_new(session, actor, note)
    await activity.note_reply(session, actor, ticket.id, public=True, counts=bool(comment))


async def add_note(session: Session, actor: Actor, ticket: Ticket, title: str) -> FollowUp:
    """Write a follow-up that says nothing, for files to hang on."""
    note = _public(actor, ticket, title, "")
    await FollowUpRepository(session).add(note)
    await record_new(session, actor, note)
    return note


def _public(actor: Actor, ticket: Ticket, title: str, comment: str) -> FollowUp:
    return FollowUp(
        ticket_id=ticket.id,
        author_id=actor.user_id,
        title=title,
        comment=comment,
        public=True,
        email_recipients=[],
    )


async def record_new(session: Session, actor: Actor, followup: FollowUp) -> None:
    """Write down that there is this follow-up now."""
    about = {"title": followup.title, "public": followup.public, "new_status": followup.new_status}
    await events.record(
        session, actor, "followup.created", ticket_id=followup.ticket_id, followup_id=followup.id, changes=about
    )
