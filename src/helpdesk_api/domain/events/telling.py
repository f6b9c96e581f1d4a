"""An event as others are told of it: one shape for the list, the stream and webhooks (docs/events.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from typing_extensions import TypedDict

from helpdesk_api.db.session import Session
from helpdesk_api.domain.events.repository import EventRepository
from helpdesk_api.models import Event


class ToldActor(TypedDict):
    """Who did it."""

    id: int
    username: str | None


class ToldTicket(TypedDict):
    """The ticket it was done to, as it is when this is told; one that is gone has only its id left."""

    id: int
    kind: str | None
    title: str | None


class ToldEvent(TypedDict):
    """What happened."""

    sequence: int
    type: str
    timestamp: str
    actor: ToldActor | None
    ticket: ToldTicket | None
    followup: int | None
    recipient: int | None
    changes: dict[str, Any]
    request_id: str | None


async def tell(session: Session, events: Sequence[Event]) -> list[ToldEvent]:
    """Events, all numbered, in the shape that others get; two queries, however many there are."""
    repository = EventRepository(session)
    usernames = await repository.usernames({event.actor_id for event in events if event.actor_id})
    tickets = await repository.tickets({event.ticket_id for event in events if event.ticket_id is not None})
    return [_told(event, usernames, tickets) for event in events]


def _told(event: Event, usernames: Mapping[int, str], tickets: Mapping[int, ToldTicket]) -> ToldEvent:
    if event.sequence is None:
        raise ValueError(f"event {event.id} has no number yet")
    actor: ToldActor | None = None
    if event.actor_id:  # 0 is the command line
        actor = {"id": event.actor_id, "username": usernames.get(event.actor_id)}
    ticket: ToldTicket | None = None
    if event.ticket_id is not None:
        ticket = tickets.get(event.ticket_id, {"id": event.ticket_id, "kind": None, "title": None})
    return {
        "sequence": event.sequence,
        "type": event.type,
        "timestamp": _moment(event.created_at),
        "actor": actor,
        "ticket": ticket,
        "followup": event.followup_id,
        "recipient": event.recipient_id,
        "changes": event.changes,
        "request_id": event.request_id,
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
