"""Forget deliveries that ended long ago, with their attempts."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, select

from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.models import Delivery

_AT_ONCE = 5000


async def trim_deliveries(database: Database, kept: timedelta) -> int:
    """Delete what ended longer ago than `kept`, some thousands in a transaction; how many.

    Raises `DatabaseUnavailable`.
    """
    total = 0
    while True:
        async with unit_of_work(database.sessions) as session:
            old = select(Delivery.id).where(Delivery.finished_at < func.now() - kept).limit(_AT_ONCE)
            gone = len(
                (await session.scalars(delete(Delivery).where(Delivery.id.in_(old)).returning(Delivery.id))).all()
            )
        total += gone
        if gone < _AT_ONCE:
            return total
