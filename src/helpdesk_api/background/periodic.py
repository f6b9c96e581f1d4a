"""Periodic work: by one process however many there are, and not sooner than it is due."""

from __future__ import annotations

from datetime import timedelta

from helpdesk_api.background.bell import Bell
from helpdesk_api.background.work import PeriodicTask
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.db.turns import turn
from helpdesk_api.domain.outbox.periodic_runs import finish_run, is_due

# How often everybody looks whether something is due.
_LOOK_SECONDS = 30.0
# "peri": an arbitrary key of our own among the advisory locks; the second one is the task's.
_PERIODIC = 0x70657269


class Periodic:
    """One task's turns in this process."""

    def __init__(self, database: Database, task: PeriodicTask) -> None:
        self._database = database
        self._task = task
        self.bell = Bell(min(_LOOK_SECONDS, task.every / timedelta(seconds=1)))

    async def step(self) -> bool:
        """Do the task if it is due and nobody else is at it; `False`, since it is not due again at once."""
        if not await self._is_due():
            return False
        async with turn(self._database, _PERIODIC, self._task.name) as is_mine:
            # Somebody else may just have done it.
            if is_mine and await self._is_due():
                await self._task.run(self._database)
                async with unit_of_work(self._database.sessions) as session:
                    await finish_run(session, self._task.name)
        return False

    async def _is_due(self) -> bool:
        return await is_due(self._database.read_sessions(), self._task.name, self._task.every)
