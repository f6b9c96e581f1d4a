"""Subscriptions: by hand, and of whoever opens, works on or answers a ticket."""

from __future__ import annotations

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import Forbidden, Invalid
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.subscriptions.errors import SubscriptionNotFound
from helpdesk_api.domain.subscriptions.repository import SubscriptionRepository
from helpdesk_api.domain.users import service as users
from helpdesk_api.models import Subscription, Ticket
from helpdesk_api.paging import Page, PageRequest


async def enrol(session: Session, ticket_id: int, *user_ids: int | None, public: bool = True) -> None:
    """Subscribe those who take part in a ticket, in public or not; once is enough, and it is no event of its own."""
    for user_id in dict.fromkeys(user_ids):
        if user_id is not None:
            await SubscriptionRepository(session).add(ticket_id, user_id, public=public)


async def subscribe(session: Session, actor: Actor, ticket: Ticket, user_id: int) -> tuple[Subscription, bool]:
    """Subscribe a user to a visible ticket: oneself, or anybody for staff. The subscription, and whether it is new.

    Raises `Forbidden`, and `Invalid` for a user who is not there or not active.
    """
    if user_id != actor.user_id and not actor.is_staff:
        raise Forbidden
    if not await users.is_active(session, user_id):
        raise Invalid(user_id=[users.NO_ACTIVE_USER])
    subscriptions = SubscriptionRepository(session)
    is_new = await subscriptions.add(ticket.id, user_id)
    if is_new:
        await events.record(session, actor, "subscription.created", ticket_id=ticket.id, recipient_id=user_id)
    found = await subscriptions.get_of(ticket.id, user_id, actor)
    if found is None:
        raise SubscriptionNotFound
    return found, is_new


async def unsubscribe(session: Session, actor: Actor, subscription_id: int) -> None:
    """End a subscription: one's own, or anybody's for staff. Raises `SubscriptionNotFound`, `Forbidden`."""
    found = await get_subscription(session, actor, subscription_id)
    if found.user_id != actor.user_id and not actor.is_staff:
        raise Forbidden
    ticket_id, user_id = found.ticket_id, found.user_id
    if not await SubscriptionRepository(session).remove(found.id):
        raise SubscriptionNotFound
    await events.record(session, actor, "subscription.deleted", ticket_id=ticket_id, recipient_id=user_id)


async def get_subscription(session: Session, actor: Actor, subscription_id: int) -> Subscription:
    """One subscription. Raises `SubscriptionNotFound`."""
    found = await SubscriptionRepository(session).get(subscription_id, actor)
    if found is None:
        raise SubscriptionNotFound
    return found


async def list_subscriptions(
    session: Session, actor: Actor, ticket_id: int | None, request: PageRequest
) -> Page[Subscription]:
    """A page of subscriptions, to one ticket where it is named. Raises `PageOutOfRange`."""
    return await SubscriptionRepository(session).page(actor, ticket_id, request)
