"""What is kept of an e-mail until it is sent, so that every attempt writes the same: identity, thread, values."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict

from helpdesk_api.domain.notifications.facts import LONGEST_TEXT, TicketFacts
from helpdesk_api.mail.messages import one_line
from helpdesk_api.models import Event

CHANNEL = "email"


class Payload(TypedDict):
    """A delivery's payload: JSON."""

    kind: str
    message_id: str
    # The Message-ID of the ticket's first e-mail; empty in that one.
    thread: str
    reply_to: str
    date: str
    values: dict[str, Any]


def about_ticket(
    kind: str, event: Event, ticket: TicketFacts, *, host: str, actor: str, text: str, files: Sequence[str]
) -> Payload:
    """An e-mail about something that `actor` did to a ticket."""
    # With the time it was opened, so that a number that comes again in another database makes another thread.
    opened = int(ticket.created_at.timestamp())
    root = f"ticket-{ticket.id}.{opened}@{host}"
    is_root = kind == "opened"
    return {
        "kind": kind,
        "message_id": root if is_root else f"ticket-{ticket.id}.event-{event.id}.{opened}@{host}",
        "thread": "" if is_root else root,
        "reply_to": ticket.queue_address,
        "date": moment(event.created_at),
        "values": {
            "ticket": _ticket_values(ticket),
            "actor": one_line(actor),
            "text": text[:LONGEST_TEXT].strip(),
            "is_cut": len(text) > LONGEST_TEXT,
            "files": [one_line(name) for name in files],
        },
    }


def _ticket_values(ticket: TicketFacts) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "title": one_line(ticket.title),
        "queue": ticket.queue,
        "queue_title": one_line(ticket.queue_title),
        "status": ticket.status,
    }


def moment(at: datetime) -> str:
    """A time as payloads keep it: to the second, as e-mails have it."""
    return at.astimezone(UTC).replace(microsecond=0).isoformat()


def lane(subject: str, address: str) -> str:
    """Order is kept for each ticket and recipient: nobody waits for somebody else's mailbox."""
    return f"{CHANNEL}:{subject}:{hashlib.sha256(address.lower().encode()).hexdigest()[:16]}"
