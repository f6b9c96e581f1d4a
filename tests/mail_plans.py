"""Events and the e-mails planned for them, for tests that look at the plan alone."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from helpdesk_api.db.session import Session
from helpdesk_api.domain.outbox.commands import NewDelivery
from helpdesk_api.models import Event


async def numbered_events(session: Session) -> list[Event]:
    """The events nobody was told of yet, in order; they are numbered as the sequencer would."""
    events = list(await session.scalars(select(Event).where(Event.sequence.is_(None)).order_by(Event.id)))
    newest = await session.scalar(select(func.max(Event.sequence))) or 0
    for sequence, event in enumerate(events, newest + 1):
        event.sequence = sequence
    await session.flush()
    return events


def told(planned: Iterable[NewDelivery]) -> list[tuple[str, str | None]]:
    """Who is written to, and why."""
    return [(delivery.payload["kind"], delivery.recipient) for delivery in planned]
