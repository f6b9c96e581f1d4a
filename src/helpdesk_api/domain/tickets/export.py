"""Many support tickets at once, for an export that is sent piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.tickets.commands import SUPPORT, TicketFilter
from helpdesk_api.domain.tickets.repository import TicketRepository
from helpdesk_api.models import Ticket


async def ids_for_export(session: Session, actor: Actor, wanted: TicketFilter, limit: int) -> list[int]:
    """The ids of the first `limit` support tickets, in the order that is wanted."""
    return await TicketRepository(session).first_ids(actor, replace(wanted, kinds=SUPPORT), limit)


async def tickets_for_export(session: Session, actor: Actor, ticket_ids: Sequence[int]) -> list[Ticket]:
    """Those of the tickets that are still there, with their queue's, department's and people's names."""
    return await TicketRepository(session).list_by_ids(actor, ticket_ids)
