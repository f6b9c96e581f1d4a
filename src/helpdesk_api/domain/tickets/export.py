"""Many support tickets at once, for an export that is sent piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.followups import service as followups
from helpdesk_api.domain.tickets.commands import SUPPORT, TicketFilter
from helpdesk_api.domain.tickets.repository import TicketRepository
from helpdesk_api.models import Ticket


async def ids_for_export(session: Session, actor: Actor, wanted: TicketFilter, limit: int) -> list[int]:
    """The ids of the first `limit` support tickets, in the order that is wanted."""
    return await TicketRepository(session).first_ids(actor, replace(wanted, kinds=SUPPORT), limit)


async def tickets_for_export(session: Session, actor: Actor, ticket_ids: Sequence[int]) -> list[tuple[Ticket, int]]:
    """Those of the tickets that are still there, with their queue's, department's and people's names.

    Each with the number of replies that the actor can see: `reply_count` has the private ones too.
    """
    found = await TicketRepository(session).list_by_ids(actor, ticket_ids)
    replies = await followups.count_replies(session, actor, [ticket.id for ticket in found])
    return [(ticket, replies.get(ticket.id, 0)) for ticket in found]
