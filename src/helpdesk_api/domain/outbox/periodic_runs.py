"""When a piece of periodic work was last done, and whether it is due."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from helpdesk_api.db.session import Session
from helpdesk_api.models import PeriodicRun


async def is_due(session: Session, name: str, every: timedelta) -> bool:
    """Whether it was last done so long ago, or never."""
    recent = select(PeriodicRun.name).where(PeriodicRun.name == name, PeriodicRun.finished_at > func.now() - every)
    return await session.scalar(recent) is None


async def finish_run(session: Session, name: str) -> None:
    """It is done for this time."""
    row = insert(PeriodicRun).values(name=name, finished_at=func.clock_timestamp())
    told = row.on_conflict_do_update(index_elements=["name"], set_={"finished_at": row.excluded.finished_at})
    await session.execute(told)
