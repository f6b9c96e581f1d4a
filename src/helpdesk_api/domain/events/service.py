"""Write down what happened."""

from __future__ import annotations

from typing import Any

from helpdesk_api.db.session import Session, announce
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.events.repository import EventRepository
from helpdesk_api.domain.events.request_id import current_request_id


async def record(
    session: Session,
    actor: Actor,
    event_type: str,
    *,
    ticket_id: int | None = None,
    followup_id: int | None = None,
    recipient_id: int | None = None,
    changes: dict[str, Any] | None = None,
) -> None:
    """Write one event in this unit of work.

    `changes` maps a field to `{"from": old, "to": new}`, or carries what is worth knowing of something new or gone.
    """
    EventRepository(session).add(
        type=event_type,
        actor_id=actor.user_id,
        ticket_id=ticket_id,
        followup_id=followup_id,
        recipient_id=recipient_id,
        changes=changes or {},
        request_id=current_request_id.get(),
    )
    await announce(session)
