"""Plan deliveries beside those that events call for: a test, a repetition."""

from __future__ import annotations

from collections.abc import Iterable

from helpdesk_api.db.session import Session
from helpdesk_api.domain.outbox.commands import NewDelivery
from helpdesk_api.domain.outbox.repository import DeliveryRepository


async def plan(session: Session, deliveries: Iterable[NewDelivery]) -> list[int]:
    """Have these sent, each once this unit of work is stored and its lane is free; their ids, in order."""
    repository = DeliveryRepository(session)
    ids = await repository.add_few(list(deliveries))
    await repository.announce()
    return ids
