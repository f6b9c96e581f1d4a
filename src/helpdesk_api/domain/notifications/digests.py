"""Reminders of open tickets: one e-mail to each user who opened or is assigned any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from helpdesk_api.db.session import Session
from helpdesk_api.domain.notifications.letters import CHANNEL, Payload, lane, moment
from helpdesk_api.domain.notifications.repository import NotificationRepository
from helpdesk_api.domain.outbox import service as outbox
from helpdesk_api.domain.outbox.commands import NewDelivery
from helpdesk_api.domain.tickets.outstanding import Outstanding, list_outstanding
from helpdesk_api.mail.messages import one_line
from helpdesk_api.models import Ticket

# Tickets that are listed of each sort; of the rest, only the number is told.
MOST_LISTED = 200


async def plan_digests(session: Session, host: str) -> list[str]:
    """Plan a reminder for everybody with open tickets and an address; the addresses.

    Somebody whose last one still waits to be sent gets no other.
    """
    now = datetime.now(UTC)
    planned = [_delivery(one, host, now) for one in await list_outstanding(session) if one.user.email]
    waiting = await NotificationRepository(session).pending_lanes({delivery.lane for delivery in planned})
    new = [delivery for delivery in planned if delivery.lane not in waiting]
    await outbox.plan(session, new)
    return [delivery.recipient or "" for delivery in new]


def _delivery(one: Outstanding, host: str, now: datetime) -> NewDelivery:
    payload: Payload = {
        "kind": "outstanding",
        "message_id": f"outstanding.{one.user.id}.{int(now.timestamp())}@{host}",
        "thread": "",
        "reply_to": "",
        "date": moment(now),
        "values": {
            "total": len({ticket.id for ticket in (*one.created, *one.assigned)}),
            "created": _listed(one.created),
            "assigned": _listed(one.assigned),
        },
    }
    recipient = one.user.email
    return NewDelivery(CHANNEL, lane(f"outstanding:{one.user.id}", recipient), dict(payload), recipient=recipient)


def _listed(tickets: Sequence[Ticket]) -> dict[str, Any]:
    shown = [
        {"id": ticket.id, "title": one_line(ticket.title or ""), "status": ticket.status}
        for ticket in tickets[:MOST_LISTED]
    ]
    return {"tickets": shown, "more": len(tickets) - len(shown)}
