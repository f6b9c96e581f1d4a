"""Who has tickets that are not closed: for reminders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from helpdesk_api.db.session import Session
from helpdesk_api.domain.tickets.repository import TicketRepository
from helpdesk_api.domain.users import service as users
from helpdesk_api.models import Ticket, User


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What one user has open: tickets they opened, and tickets they are to work on; one may be both."""

    user: User
    created: Sequence[Ticket]
    assigned: Sequence[Ticket]


async def list_outstanding(session: Session) -> list[Outstanding]:
    """Every active user with open support tickets, by user name; for the command line."""
    created: defaultdict[int, list[Ticket]] = defaultdict(list)
    assigned: defaultdict[int, list[Ticket]] = defaultdict(list)
    for ticket in await TicketRepository(session).list_open():
        created[ticket.creator_id].append(ticket)
        if ticket.assignee_id is not None:
            assigned[ticket.assignee_id].append(ticket)
    concerned = await users.list_active(session, created.keys() | assigned.keys())
    return [Outstanding(user, created[user.id], assigned[user.id]) for user in concerned]
