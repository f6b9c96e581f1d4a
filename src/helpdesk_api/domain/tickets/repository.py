"""Queries on tickets; each read starts from what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import defer, joinedload, load_only, selectinload
from sqlalchemy.sql.base import ExecutableOption

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import own_tickets, visible_tickets
from helpdesk_api.domain.tickets import hot_rows, listing
from helpdesk_api.domain.tickets.commands import CLOSED_STATUSES, TicketFilter
from helpdesk_api.domain.tickets.conditions import conditions, values
from helpdesk_api.domain.tickets.ordering import order_by
from helpdesk_api.models import FollowUp, Queue, Ticket
from helpdesk_api.paging import Page, PageRequest

# With everything that hangs on a ticket, for those who read all of it; and the ticket alone.
WHOLE: tuple[ExecutableOption, ...] = (
    joinedload(Ticket.creator),
    joinedload(Ticket.queue),
    selectinload(Ticket.files),
    selectinload(Ticket.followups).selectinload(FollowUp.attachments),
)
BARE: tuple[ExecutableOption, ...] = ()


class TicketRepository:
    """Tickets of both kinds."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(
        self,
        ticket_id: int,
        actor: Actor,
        *,
        load: tuple[ExecutableOption, ...] = WHOLE,
        lock: bool = False,
        to_remove: bool = False,
    ) -> Ticket | None:
        """One visible ticket; `lock` keeps others from changing it meanwhile, `to_remove` even from referring to it."""
        if actor.is_staff and not (lock or to_remove):
            return await hot_rows.one(self._session, ticket_id, whole=load is WHOLE)
        query = select(Ticket).options(*load).where(Ticket.id == ticket_id, visible_tickets(actor))
        if lock or to_remove:
            # FOR NO KEY UPDATE: rows that refer to this one may come meanwhile, as when two tickets are merged at once.
            query = query.with_for_update(of=Ticket, key_share=not to_remove)
        return await self._session.scalar(query.execution_options(populate_existing=True))

    async def page(
        self, actor: Actor, wanted: TicketFilter, request: PageRequest, load: tuple[ExecutableOption, ...] = WHOLE
    ) -> Page[Ticket]:
        """A page of visible tickets in the order that is wanted."""
        unfiltered = actor.is_staff and wanted == TicketFilter(kinds=wanted.kinds)
        if unfiltered and request.number == 1:
            return await hot_rows.first_page(self._session, wanted.kinds, request.size, whole=load is WHOLE)
        page = await listing.page_of_ids(self._session, actor, wanted, request)
        return page.with_items(await hot_rows.by_ids(self._session, page.items, whole=load is WHOLE))

    async def get_own(self, ticket_id: int, actor: Actor) -> Ticket | None:
        """One support ticket the actor opened or requested, with its queue."""
        return await self._session.scalar(self._own(actor).where(Ticket.id == ticket_id))

    async def page_of_own(self, actor: Actor, request: PageRequest) -> Page[Ticket]:
        """A page of the support tickets the actor opened or requested, with their queues, newest first."""
        page = await listing.page_of_own(self._session, actor, request)
        query = self._own(actor).where(Ticket.id.in_(page.items)).order_by(Ticket.id.desc())
        return page.with_items(list(await self._session.scalars(query)))

    async def first_ids(self, actor: Actor, wanted: TicketFilter, limit: int) -> list[int]:
        """The ids of the first visible tickets in the order that is wanted."""
        query = self._wanted(actor, wanted).with_only_columns(Ticket.id).limit(limit)
        return list(await self._session.scalars(query, values(wanted)))

    async def list_by_ids(self, actor: Actor, ticket_ids: Sequence[int]) -> list[Ticket]:
        """Those of the tickets that are visible, with the names of their queue and people, in the order of the ids."""
        names = (
            joinedload(Ticket.creator),
            joinedload(Ticket.assignee),
            joinedload(Ticket.queue).joinedload(Queue.department),
            defer(Ticket.description),
        )
        query = select(Ticket).options(*names).where(Ticket.id.in_(ticket_ids), visible_tickets(actor))
        found = {ticket.id: ticket for ticket in await self._session.scalars(query)}
        return [found[ticket_id] for ticket_id in ticket_ids if ticket_id in found]

    async def list_open(self) -> list[Ticket]:
        """Every support ticket that is not closed, by id: who opened it, who works on it and how far it is."""
        columns = load_only(
            Ticket.id, Ticket.title, Ticket.creator_id, Ticket.assignee_id, Ticket.status, Ticket.on_hold
        )
        is_open = (Ticket.kind == "support", Ticket.status.not_in(sorted(CLOSED_STATUSES)))
        return list(await self._session.scalars(select(Ticket).options(columns).where(*is_open).order_by(Ticket.id)))

    async def add(self, ticket: Ticket) -> None:
        """Store a new ticket and give it its id."""
        self._session.add(ticket)
        await self._session.flush()

    async def remove(self, ticket_id: int) -> None:
        """Delete a ticket with everything that hangs on it."""
        await self._session.execute(delete(Ticket).where(Ticket.id == ticket_id))

    async def note_activity(self, ticket_id: int, replies: int = 0) -> None:
        """Write down that something happened on a ticket just now, and how many replies came or went."""
        values = {"last_activity_at": datetime.now(UTC), "reply_count": Ticket.reply_count + replies}
        await self._session.execute(update(Ticket).where(Ticket.id == ticket_id).values(values))

    async def posts_by_author(self, ticket_id: int) -> list[tuple[int, int]]:
        """How many replies each user has written on a ticket."""
        query = select(FollowUp.author_id, func.count()).where(FollowUp.ticket_id == ticket_id, FollowUp.is_reply)
        query = query.where(FollowUp.author_id.is_not(None))
        rows = await self._session.execute(query.group_by(FollowUp.author_id).order_by(FollowUp.author_id))
        return [(author_id, posts) for author_id, posts in rows if author_id is not None]

    async def is_merged_into(self, ticket_id: int, target_id: int) -> bool:
        """Whether `target_id`, or what it is merged into in turn, is `ticket_id`."""
        chain = select(Ticket.id, Ticket.merged_to_id).where(Ticket.id == target_id).cte("chain", recursive=True)
        chain = chain.union(select(Ticket.id, Ticket.merged_to_id).join(chain, Ticket.id == chain.c.merged_to_id))
        found = select(func.count()).select_from(chain).where(chain.c.id == ticket_id)
        return bool(await self._session.scalar(found))

    async def take_merging_turns(self) -> None:
        """Let one merge at a time look at the chains; held until the unit of work ends."""
        await self._session.execute(select(func.pg_advisory_xact_lock(_MERGING_LOCK)))

    def _own(self, actor: Actor) -> Select[Ticket]:
        return select(Ticket).options(joinedload(Ticket.queue)).where(own_tickets(actor))

    def _wanted(self, actor: Actor, wanted: TicketFilter) -> Select[Any]:
        query = select(Ticket).where(visible_tickets(actor), *conditions(wanted, actor))
        return query.order_by(*order_by(wanted, actor))


# Any number nobody else uses.
_MERGING_LOCK = 4_701_113_809
