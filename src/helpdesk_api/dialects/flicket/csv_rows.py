"""Tickets as CSV, a piece at a time, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence

from helpdesk_api.dialects.flicket.schemas.priorities import PRIORITY_NAMES
from helpdesk_api.dialects.flicket.schemas.statuses import STATUS_NAMES
from helpdesk_api.dialects.wire.state import Service
from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.tickets import export
from helpdesk_api.domain.tickets.commands import DEFAULT_PRIORITY, Status
from helpdesk_api.domain.tickets.stages import State, stage_of, urgency_of
from helpdesk_api.domain.users.names import full_name
from helpdesk_api.models import Ticket

# Flicket's header and columns (flicket/views/tickets.py).
HEADER = (
    "Ticket_ID",
    "Priority",
    "Title",
    "Submitted By",
    "Date",
    "Replies",
    "Category",
    "Status",
    "Assigned",
    "URL",
)
NOBODY = "Not assigned"
BATCH = 500
# What makes a spreadsheet take a cell for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


async def csv_of(service: Service, actor: Actor, ticket_ids: Sequence[int], urls: Urls) -> AsyncIterator[str]:
    """The header, then the tickets in the order of the ids; those that went away meanwhile are left out.

    A database connection is held while rows are read, not while the client takes them.
    """
    yield as_csv([HEADER])
    for start in range(0, len(ticket_ids), BATCH):
        session = service.database.read_sessions()
        found = await export.tickets_for_export(session, actor, ticket_ids[start : start + BATCH])
        yield as_csv(_row(ticket, replies, urls) for ticket, replies in found)


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """Rows of cells as CSV (RFC 4180), none of them a formula."""
    written = io.StringIO()
    csv.writer(written).writerows([_harmless(str(cell)) for cell in row] for row in rows)
    return written.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _row(ticket: Ticket, replies: int, urls: Urls) -> Sequence[object]:
    queue = ticket.queue
    return (
        f"{ticket.id:05}",
        PRIORITY_NAMES[urgency_of(ticket.priority or DEFAULT_PRIORITY)],
        ticket.title,
        full_name(ticket.creator),
        f"{ticket.created_at:%Y-%m-%d}",
        replies,
        f"{queue.department.name} - {queue.title}" if queue else "",
        STATUS_NAMES[stage_of(State(ticket.status or Status.OPEN, ticket.on_hold, ticket.assignee_id))],
        full_name(ticket.assignee) if ticket.assignee else NOBODY,
        urls.to("flicket:ticket", ticket_id=ticket.id),
    )
