"""Queries on subscriptions; each read starts from the tickets the actor may see."""

from __future__ import annotations

from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from helpdesk_api.db.paginate import fetch_page
from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import visible_subscriptions, visible_tickets
from helpdesk_api.models import Subscription, Ticket
from helpdesk_api.paging import Page, PageRequest


class SubscriptionRepository:
    """Subscriptions with their users."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, subscription_id: int, actor: Actor) -> Subscription | None:
        """One subscription on a visible ticket."""
        return await self._session.scalar(self._visible_to(actor).where(Subscription.id == subscription_id))

    async def get_of(self, ticket_id: int, user_id: int, actor: Actor) -> Subscription | None:
        """A user's subscription to a visible ticket."""
        mine = (Subscription.ticket_id == ticket_id, Subscription.user_id == user_id)
        return await self._session.scalar(self._visible_to(actor).where(*mine))

    async def page(self, actor: Actor, ticket_id: int | None, request: PageRequest) -> Page[Subscription]:
        """A page of subscriptions, to one ticket where it is named, in ascending id."""
        query = self._visible_to(actor).order_by(Subscription.id)
        if ticket_id is not None:
            query = query.where(Subscription.ticket_id == ticket_id)
        return await fetch_page(self._session, query, request)

    async def add(self, ticket_id: int, user_id: int, *, public: bool = True) -> bool:
        """Subscribe a user; false when they were already. What is public once stays so."""
        new = insert(Subscription).values(ticket_id=ticket_id, user_id=user_id, public=public)
        added = await self._session.scalar(new.on_conflict_do_nothing().returning(Subscription.id))
        if added is None and public:
            hidden = (Subscription.ticket_id == ticket_id, Subscription.user_id == user_id, ~Subscription.public)
            await self._session.execute(update(Subscription).where(*hidden).values(public=True))
        return added is not None

    async def remove(self, subscription_id: int) -> bool:
        """End a subscription; false when it was gone already."""
        # The ticket first, as everybody who changes it does: a trigger locks it too, and two might wait for each other.
        followed = select(Subscription.ticket_id).where(Subscription.id == subscription_id).scalar_subquery()
        await self._session.execute(select(Ticket.id).where(Ticket.id == followed).with_for_update(key_share=True))
        gone = delete(Subscription).where(Subscription.id == subscription_id).returning(Subscription.id)
        return await self._session.scalar(gone) is not None

    def _visible_to(self, actor: Actor) -> Select[Subscription]:
        query = select(Subscription).join(Ticket, Ticket.id == Subscription.ticket_id)
        return query.options(joinedload(Subscription.user)).where(visible_tickets(actor), visible_subscriptions(actor))
