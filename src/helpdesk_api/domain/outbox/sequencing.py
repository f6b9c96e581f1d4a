"""Number events after they were committed, and plan what they call for, in one transaction.

One process at a time does it. So the numbers have no gaps, whoever sees a number sees all before it, and no delivery is
planned twice or not at all (docs/adr/0007-outbox.md).
"""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk_api.db.session import Session
from helpdesk_api.domain.events.repository import EventRepository
from helpdesk_api.domain.outbox.commands import NewDelivery, Planner
from helpdesk_api.domain.outbox.repository import DeliveryRepository
from helpdesk_api.models import Event

# Events that are numbered in one transaction.
BATCH = 1000


async def number_events(session: Session, planners: Sequence[Planner]) -> int:
    """Number the oldest events that have no number yet; how many: none while another process is at it."""
    repository = EventRepository(session)
    if not await repository.take_turn():
        return 0
    numbers = await repository.number(BATCH)
    if numbers:
        if planners:
            await _plan(session, planners, await repository.after(min(numbers) - 1, len(numbers)))
        await repository.announce_numbers()
    return len(numbers)


async def _plan(session: Session, planners: Sequence[Planner], numbered: Sequence[Event]) -> None:
    planned: list[NewDelivery] = []
    for plan in planners:
        planned.extend(await plan(session, numbered))
    if planned:
        deliveries = DeliveryRepository(session)
        await deliveries.add_all(planned)
        await deliveries.announce()
