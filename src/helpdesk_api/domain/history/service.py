"""Looking back at a ticket."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.history.commands import WantedEvents
from helpdesk_api.domain.history.errors import EventNotFound, RevisionNotFound
from helpdesk_api.domain.history.repository import HistoryRepository
from helpdesk_api.models import Event, Revision
from helpdesk_api.paging import Page, PageRequest


async def keep_revision(
    session: Session, *, ticket_id: int, followup_id: int | None = None, editor_id: int, content: str
) -> None:
    """Keep a ticket's description or a follow-up's comment as `editor_id` had left it, before somebody edits it."""
    await HistoryRepository(session).add_revision(ticket_id, followup_id, editor_id, content)


async def get_revision(session: Session, actor: Actor, revision_id: int) -> Revision:
    """One revision. Raises `RevisionNotFound`."""
    found = await HistoryRepository(session).get_revision(revision_id, actor)
    if found is None:
        raise RevisionNotFound
    return found


async def list_revisions(
    session: Session, actor: Actor, *, ticket_id: int | None, followup_id: int | None, request: PageRequest
) -> Page[Revision]:
    """A page of revisions: of a ticket's own text, of one follow-up, or all. Raises `PageOutOfRange`."""
    return await HistoryRepository(session).page_of_revisions(actor, ticket_id, followup_id, request)


async def get_event(session: Session, actor: Actor, event_id: int, wanted: WantedEvents) -> Event:
    """One event of those that are wanted. Raises `EventNotFound`."""
    found = await HistoryRepository(session).get_event(event_id, actor, wanted)
    if found is None:
        raise EventNotFound
    return found


async def list_events(
    session: Session, actor: Actor, ticket_id: int, wanted: WantedEvents, request: PageRequest
) -> Page[Event]:
    """A page of what happened to a ticket, oldest first. Raises `PageOutOfRange`."""
    return await HistoryRepository(session).page_of_events(actor, ticket_id, wanted, request)


async def latest_replies(session: Session, actor: Actor, events: Sequence[Event]) -> dict[int, int]:
    """The id of the last reply the actor can see from before each event, by the event's id; none without one."""
    return await HistoryRepository(session).latest_replies(actor, [event.id for event in events]) if events else {}
