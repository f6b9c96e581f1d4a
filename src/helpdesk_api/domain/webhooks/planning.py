"""Which webhooks are told of which events."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk_api.db.session import Session
from helpdesk_api.domain.events.telling import ToldEvent, tell
from helpdesk_api.domain.outbox.commands import NewDelivery
from helpdesk_api.domain.webhooks.messages import new_message
from helpdesk_api.domain.webhooks.repository import Listener, WebhookRepository
from helpdesk_api.models import Event

CHANNEL = "webhook"


async def plan_webhooks(session: Session, events: Sequence[Event]) -> list[NewDelivery]:
    """A delivery for each event and each active webhook that wants it. A `Planner`; three queries at most."""
    listeners = await WebhookRepository(session).listeners()
    wanted = [event for event in events if any(listener.wants(event.type) for listener in listeners)]
    if not wanted:
        return []
    told = await tell(session, wanted)
    return [
        _delivery(listener, event, words)
        for event, words in zip(wanted, told, strict=True)
        for listener in listeners
        if listener.wants(event.type)
    ]


def _delivery(listener: Listener, event: Event, told: ToldEvent) -> NewDelivery:
    lane = f"webhook:{listener.webhook_id}"
    return NewDelivery(
        channel=CHANNEL,
        # In order for each ticket: one that a receiver cannot take does not hold up those of others.
        lane=lane if event.ticket_id is None else f"{lane}:ticket:{event.ticket_id}",
        payload=new_message(told["type"], told["timestamp"], told),
        event_id=event.id,
        sequence=event.sequence,
        webhook_id=listener.webhook_id,
    )
