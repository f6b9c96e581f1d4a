"""Follow-ups: said, changed, taken back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.attachments import service as attachments
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.errors import Forbidden
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.followups.commands import FollowUpChanges, NewFollowUp
from helpdesk_api.domain.followups.errors import FollowUpNotFound
from helpdesk_api.domain.followups.notes import record_new
from helpdesk_api.domain.followups.repository import FollowUpRepository
from helpdesk_api.domain.history import service as history
from helpdesk_api.domain.policy import may_edit_followup
from helpdesk_api.domain.tickets import activity
from helpdesk_api.domain.tickets.commands import Status
from helpdesk_api.domain.tickets.support import apply_changes, get_support_ticket
from helpdesk_api.models import FollowUp, Ticket, User
from helpdesk_api.paging import Page, PageRequest
from helpdesk_api.storage.files import FileStorage


async def reply(
    session: Session, actor: Actor, storage: FileStorage, new: NewFollowUp, files: Sequence[NewFile] = ()
) -> FollowUp:
    """Say something on a ticket. `new_status` moves it in the same breath; resolving copies the comment as resolution.

    A reply to a closed ticket is kept and does not reopen it. Raises `TicketNotFound`, and `Forbidden` when a plain
    user sends a status.
    """
    ticket = await get_support_ticket(session, actor, new.ticket_id, lock=True, whole=False)
    if new.new_status is not None and not actor.is_staff:
        raise Forbidden
    followup = FollowUp(
        ticket_id=ticket.id,
        author_id=actor.user_id,
        title=_title(ticket, new),
        comment=new.comment,
        public=new.public or not actor.is_staff,
        new_status=new.new_status,
        time_spent=new.time_spent,
        email_recipients=[],
    )
    await FollowUpRepository(session).add(followup)
    for file in files:
        await attachments.attach(session, actor, storage, ticket.id, followup.id, file)
    await record_new(session, actor, followup)
    await activity.note_reply(session, actor, ticket.id, public=followup.public, counts=bool(new.comment))
    await _move(session, actor, ticket, new)
    return await get_followup(session, actor, followup.id)


def _title(ticket: Ticket, new: NewFollowUp) -> str:
    if new.title:
        return new.title
    moved = new.new_status is not None and new.new_status != ticket.status
    # django-helpdesk's words: "Printer on fire and Closed".
    suffix = f" and {Status(new.new_status).name.title()}" if moved and new.new_status else ""
    return (ticket.title or "")[: 200 - len(suffix)] + suffix


async def _move(session: Session, actor: Actor, ticket: Ticket, new: NewFollowUp) -> None:
    if new.new_status is None:
        return
    values: dict[str, Any] = {"status": new.new_status}
    if new.new_status == Status.RESOLVED:
        values["resolution"] = new.comment
    differing = {name: value for name, value in values.items() if getattr(ticket, name) != value}
    await apply_changes(session, actor, ticket, differing)


async def get_followup(session: Session, actor: Actor, followup_id: int) -> FollowUp:
    """One follow-up. Raises `FollowUpNotFound`."""
    return _found(await FollowUpRepository(session).get(followup_id, actor))


async def get_reply(session: Session, actor: Actor, followup_id: int) -> FollowUp:
    """One reply: not the opening follow-up, and none that says nothing. Raises `FollowUpNotFound`."""
    return _found(await find_reply(session, actor, followup_id))


async def find_reply(session: Session, actor: Actor, followup_id: int) -> FollowUp | None:
    """As `get_reply`, but `None` where there is no such reply."""
    return await FollowUpRepository(session).get_reply(followup_id, actor)


def _found(followup: FollowUp | None) -> FollowUp:
    if followup is None:
        raise FollowUpNotFound
    return followup


async def list_followups(session: Session, actor: Actor, request: PageRequest) -> Page[FollowUp]:
    """A page of follow-ups in ascending id. Raises `PageOutOfRange`."""
    return await FollowUpRepository(session).page(actor, request)


async def list_replies(session: Session, actor: Actor, ticket_id: int, request: PageRequest) -> Page[FollowUp]:
    """A page of one ticket's replies, oldest first; none for a ticket that is hidden. Raises `PageOutOfRange`."""
    return await FollowUpRepository(session).page_of_replies(actor, ticket_id, request)


async def count_replies(session: Session, actor: Actor, ticket_ids: Collection[int]) -> dict[int, int]:
    """How many replies the actor can see on each of these visible tickets, by the ticket's id; none without any."""
    return await FollowUpRepository(session).count_replies(actor, ticket_ids)


async def count_posts(session: Session, actor: Actor, authors: Collection[User]) -> dict[int, int]:
    """How many tickets and replies of each of these users the actor may know of, by the user's id.

    Private replies are for staff, and for who wrote them.
    """
    others = [author.id for author in authors if author.id != actor.user_id]
    hidden = await FollowUpRepository(session).count_private(others) if others and not actor.is_staff else {}
    return {author.id: author.total_posts - hidden.get(author.id, 0) for author in authors}


async def change_followup(session: Session, actor: Actor, followup_id: int, changes: FollowUpChanges) -> FollowUp:
    """Change a follow-up: staff, or its author the text. The old comment is kept as a revision.

    Raises `FollowUpNotFound`, `Forbidden`.
    """
    followup = await _get_locked(session, actor, followup_id)
    may_edit_followup(actor, followup)
    differing = {name: value for name, value in changes.items() if getattr(followup, name) != value}
    if not actor.is_staff and not differing.keys() <= {"comment", "title"}:
        raise Forbidden
    if not differing:
        return followup
    if "comment" in differing:
        await _keep_comment(session, actor, followup)
        await _recount(session, followup, str(differing["comment"]))
        followup.modified_at, followup.modified_by_id = datetime.now(UTC), actor.user_id
    changed = {
        name: {"from": _plain(getattr(followup, name)), "to": _plain(value)} for name, value in differing.items()
    }
    for name, value in differing.items():
        setattr(followup, name, value)
    await session.flush()
    await _record(session, actor, "followup.updated", followup, changed)
    return await get_followup(session, actor, followup_id)


def _plain(value: object) -> object:
    return value.total_seconds() if isinstance(value, timedelta) else value


async def _get_locked(session: Session, actor: Actor, followup_id: int) -> FollowUp:
    """The ticket first, as whoever deletes or answers it does: so nobody waits for each other."""
    found = await get_followup(session, actor, followup_id)
    await get_support_ticket(session, actor, found.ticket_id, lock=True, whole=False)
    return _found(await FollowUpRepository(session).get(followup_id, actor, lock=True))


async def _keep_comment(session: Session, actor: Actor, followup: FollowUp) -> None:
    editor_id = followup.modified_by_id or followup.author_id or actor.user_id
    await history.keep_revision(
        session,
        ticket_id=followup.ticket_id,
        followup_id=followup.id,
        editor_id=editor_id,
        content=followup.comment,
    )


async def _recount(session: Session, followup: FollowUp, comment: str) -> None:
    """A reply that is emptied is none any more, and the other way round."""
    difference = bool(comment) - bool(followup.comment)
    if difference and not followup.is_opening:
        await activity.count_replies(session, followup.ticket_id, followup.author_id, difference)


async def delete_followup(session: Session, actor: Actor, storage: FileStorage, followup_id: int) -> None:
    """Delete a follow-up with its files: staff, or its author. Raises `FollowUpNotFound`, `Forbidden`."""
    followup = await _get_locked(session, actor, followup_id)
    may_edit_followup(actor, followup)
    await attachments.remove_files_of_followup(session, storage, followup.id)
    await _recount(session, followup, "")
    await FollowUpRepository(session).remove(followup.id)
    await _record(session, actor, "followup.deleted", followup, {"title": followup.title})


async def _record(session: Session, actor: Actor, kind: str, followup: FollowUp, changes: dict[str, Any]) -> None:
    await events.record(session, actor, kind, ticket_id=followup.ticket_id, followup_id=followup.id, changes=changes)
