"""What a change left behind: events, subscriptions, counters, revisions; read afresh from the tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from helpdesk_api.db.session import Session
from helpdesk_api.models import Event, FollowUp, Revision, Subscription, Ticket, User


async def events_of(session: Session, ticket_id: int, after: int = 0) -> list[tuple[str, int | None, dict[str, Any]]]:
    """What happened to a ticket, oldest first: type, who it was done to, changes; the first `after` are left out."""
    query = select(Event).where(Event.ticket_id == ticket_id).order_by(Event.id).offset(after)
    return [(event.type, event.recipient_id, event.changes) for event in await session.scalars(query)]


async def event_types(session: Session, ticket_id: int, after: int = 0) -> list[str]:
    """The types alone."""
    return [kind for kind, _, _ in await events_of(session, ticket_id, after)]


async def subscribers_of(session: Session, ticket_id: int) -> list[int]:
    """Who follows a ticket, in the order they began."""
    query = select(Subscription.user_id).where(Subscription.ticket_id == ticket_id).order_by(Subscription.id)
    return list(await session.scalars(query))


async def counters_of(session: Session, user_id: int) -> tuple[int, int]:
    """What a user has written, and what is assigned to them."""
    query = select(User.total_posts, User.total_assigned).where(User.id == user_id)
    posts, assigned = (await session.execute(query)).one()
    return posts, assigned


async def revisions_of(session: Session, ticket_id: int) -> list[tuple[int | None, int, str]]:
    """The texts that were, oldest first: follow-up, who wrote them, text."""
    query = select(Revision).where(Revision.ticket_id == ticket_id).order_by(Revision.id)
    return [(one.followup_id, one.editor_id, one.content) for one in await session.scalars(query)]


async def stored(session: Session, ticket_id: int) -> Ticket:
    """A ticket as it is stored now."""
    query = select(Ticket).where(Ticket.id == ticket_id).execution_options(populate_existing=True)
    return (await session.scalars(query)).one()


async def followups_of(session: Session, ticket_id: int) -> list[FollowUp]:
    """Everything said on a ticket as it is stored now, oldest first."""
    query = select(FollowUp).where(FollowUp.ticket_id == ticket_id).order_by(FollowUp.id)
    return list(await session.scalars(query.execution_options(populate_existing=True)))
