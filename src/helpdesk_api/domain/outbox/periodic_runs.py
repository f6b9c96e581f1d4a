"""Whose turn it is to do a piece of periodic work, and when it was done."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from helpdesk_api.db.session import Session
from helpdesk_api.models import PeriodicRun

# "peri": an arbitrary key of our own among the advisory locks; the second one is the task's.
_PERIODIC = 0x70657269


async def take_turn(session: Session, name: str, every: timedelta) -> bool:
    """Whether this is due and nobody else does it: then nobody else will until this unit of work ends."""
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(_PERIODIC, func.hashtext(name)))):
        return False
    recent = select(PeriodicRun.name).where(PeriodicRun.name == name, PeriodicRun.finished_at > func.now() - every)
    return await session.scalar(recent) is None


async def finish_run(session: Session, name: str) -> None:
    """It is done for this time."""
    row = insert(PeriodicRun).values(name=name, finished_at=func.clock_timestamp())
    told = row.on_conflict_do_update(index_elements=["name"], set_={"finished_at": row.excluded.finished_at})
    await session.execute(told)
