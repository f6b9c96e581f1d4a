"""Queries on follow-ups; each read starts from what the actor may see."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import selectinload

from helpdesk_api.db.paginate import fetch_page
from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import visible_followups, visible_tickets
from helpdesk_api.models import FollowUp, Ticket
from helpdesk_api.paging import Page, PageRequest


class FollowUpRepository:
    """Follow-ups with their attachments."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, followup_id: int, actor: Actor, *, lock: bool = False) -> FollowUp | None:
        """One visible follow-up; `lock` keeps others from changing it meanwhile."""
        query = self._visible_to(actor).where(FollowUp.id == followup_id)
        if lock:
            query = query.with_for_update(of=FollowUp)
        return await self._session.scalar(query.execution_options(populate_existing=True))

    async def get_reply(self, followup_id: int, actor: Actor) -> FollowUp | None:
        """One visible reply."""
        return await self._session.scalar(self._visible_to(actor).where(FollowUp.id == followup_id, FollowUp.is_reply))

    async def get_opening(self, ticket_id: int, actor: Actor) -> FollowUp | None:
        """A ticket's opening follow-up, unless it is gone or hidden."""
        query = self._visible_to(actor).where(FollowUp.ticket_id == ticket_id, FollowUp.is_opening)
        return await self._session.scalar(query)

    async def page(self, actor: Actor, request: PageRequest) -> Page[FollowUp]:
        """A page of visible follow-ups in ascending id."""
        return await fetch_page(self._session, self._visible_to(actor).order_by(FollowUp.id), request)

    async def page_of_replies(self, actor: Actor, ticket_id: int, request: PageRequest) -> Page[FollowUp]:
        """A page of one ticket's visible replies, oldest first."""
        query = self._visible_to(actor).where(FollowUp.ticket_id == ticket_id, FollowUp.is_reply)
        return await fetch_page(self._session, query.order_by(FollowUp.id), request)

    async def count_replies(self, actor: Actor, ticket_ids: Collection[int]) -> dict[int, int]:
        """How many visible replies each of these tickets has; none for one without."""
        wanted = (FollowUp.ticket_id.in_(sorted(ticket_ids)), FollowUp.is_reply, visible_followups(actor))
        query = select(FollowUp.ticket_id, func.count()).where(*wanted).group_by(FollowUp.ticket_id)
        return dict((await self._session.execute(query)).all())

    async def count_private(self, author_ids: Collection[int]) -> dict[int, int]:
        """How many private replies each of these users has written; none for one without."""
        wanted = (FollowUp.author_id.in_(sorted(author_ids)), FollowUp.is_reply, FollowUp.public.is_(False))
        query = select(FollowUp.author_id, func.count()).where(*wanted).group_by(FollowUp.author_id)
        return {author_id: posts for author_id, posts in await self._session.execute(query) if author_id is not None}

    async def add(self, followup: FollowUp) -> None:
        """Store a new follow-up and give it its id."""
        self._session.add(followup)
        await self._session.flush()

    async def remove(self, followup_id: int) -> None:
        """Delete a follow-up with the rows of its attachments."""
        await self._session.execute(delete(FollowUp).where(FollowUp.id == followup_id))

    def _visible_to(self, actor: Actor) -> Select[FollowUp]:
        query = select(FollowUp).join(Ticket, Ticket.id == FollowUp.ticket_id)
        query = query.options(selectinload(FollowUp.attachments))
        return query.where(visible_tickets(actor), visible_followups(actor))
