"""The tables of deliveries and their attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import func, insert, select

from helpdesk_api.db.announcer import DELIVERIES
from helpdesk_api.db.session import Session
from helpdesk_api.domain.outbox.commands import NewDelivery
from helpdesk_api.models import Delivery


class DeliveryRepository:
    """Deliveries are planned, leased and finished; they never go back."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add_all(self, planned: Sequence[NewDelivery]) -> None:
        """Plan deliveries with the rest of this unit of work, due at once."""
        if planned:
            await self._session.execute(insert(Delivery), [asdict(delivery) for delivery in planned])

    async def add_few(self, planned: Sequence[NewDelivery]) -> list[int]:
        """As `add_all`; their ids, in order."""
        if not planned:
            return []
        statement = insert(Delivery).returning(Delivery.id, sort_by_parameter_order=True)
        return list(await self._session.scalars(statement, [asdict(delivery) for delivery in planned]))

    async def announce(self) -> None:
        """Tell every process once this is stored that there is something to send."""
        await self._session.execute(select(func.pg_notify(DELIVERIES, "")))
