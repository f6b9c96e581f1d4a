"""Queries on revisions and on a ticket's events; each starts from what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.dialects.postgresql import array

from helpdesk_api.db.paginate import fetch_page
from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.history.commands import WantedEvents
from helpdesk_api.domain.policy import visible_followups, visible_tickets
from helpdesk_api.models import Event, FollowUp, Revision, Ticket
from helpdesk_api.paging import Page, PageRequest


class HistoryRepository:
    """Revisions and events."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add_revision(self, ticket_id: int, followup_id: int | None, editor_id: int, content: str) -> None:
        """Keep a text as it was before an edit."""
        kept = Revision(ticket_id=ticket_id, followup_id=followup_id, editor_id=editor_id, content=content)
        self._session.add(kept)

    async def get_revision(self, revision_id: int, actor: Actor) -> Revision | None:
        """One visible revision."""
        return await self._session.scalar(self._revisions(actor).where(Revision.id == revision_id))

    async def page_of_revisions(
        self, actor: Actor, ticket_id: int | None, followup_id: int | None, request: PageRequest
    ) -> Page[Revision]:
        """A page of revisions: of a ticket's own text, of one follow-up, or all; in ascending id."""
        query = self._revisions(actor).order_by(Revision.id)
        if ticket_id is not None:
            query = query.where(Revision.ticket_id == ticket_id, Revision.followup_id.is_(None))
        if followup_id is not None:
            query = query.where(Revision.followup_id == followup_id)
        return await fetch_page(self._session, query, request)

    async def get_event(self, event_id: int, actor: Actor, wanted: WantedEvents) -> Event | None:
        """One visible event of those that are wanted."""
        return await self._session.scalar(self._events(actor, wanted).where(Event.id == event_id))

    async def page_of_events(
        self, actor: Actor, ticket_id: int, wanted: WantedEvents, request: PageRequest
    ) -> Page[Event]:
        """A page of what happened to a ticket, oldest first."""
        query = self._events(actor, wanted).where(Event.ticket_id == ticket_id).order_by(Event.id)
        return await fetch_page(self._session, query, request)

    async def latest_replies(self, actor: Actor, event_ids: Sequence[int]) -> dict[int, int]:
        """The last visible reply there was on the ticket at the time of each event, by the event's id."""
        said = select(FollowUp.id).where(FollowUp.ticket_id == Event.ticket_id, FollowUp.is_reply)
        said = said.where(FollowUp.created_at <= Event.created_at, visible_followups(actor))
        latest = said.order_by(FollowUp.id.desc()).limit(1).correlate(Event).scalar_subquery()
        rows = await self._session.execute(select(Event.id, latest).where(Event.id.in_(event_ids)))
        return {event_id: followup_id for event_id, followup_id in rows if followup_id is not None}

    def _revisions(self, actor: Actor) -> Select[Revision]:
        """Of tickets' own text and of replies; a follow-up that is no reply has none to show."""
        said = exists().where(FollowUp.id == Revision.followup_id, FollowUp.is_reply, visible_followups(actor))
        query = select(Revision).join(Ticket, Ticket.id == Revision.ticket_id).where(visible_tickets(actor))
        return query.where(or_(Revision.followup_id.is_(None), said))

    def _events(self, actor: Actor, wanted: WantedEvents) -> Select[Event]:
        query = select(Event).join(Ticket, Ticket.id == Event.ticket_id)
        updates = and_(Event.type == "ticket.updated", Event.changes.has_any(array(sorted(wanted.updated_fields))))
        is_wanted = or_(Event.type.in_(sorted(wanted.types)), updates)
        query = query.where(Ticket.kind == "support", visible_tickets(actor), is_wanted)
        if actor.is_staff:
            return query
        said = exists().where(FollowUp.id == Event.followup_id, visible_followups(actor))
        return query.where(or_(Event.followup_id.is_(None), Event.type == "ticket.created", said))
