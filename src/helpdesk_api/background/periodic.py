"""Periodic work: by one process however many there are, and not sooner than it is due."""

from __future__ import annotations

from datetime import timedelta

from helpdesk_api.background.bell import Bell
from helpdesk_api.background.work import PeriodicTask
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.outbox.periodic_runs import finish_run, take_turn

# How often everybody looks whether something is due.
_LOOK_SECONDS = 30.0


class Periodic:
    """One task's turns in this process."""

    def __init__(self, database: Database, task: PeriodicTask) -> None:
        self._database = database
        self._task = task
        self.bell = Bell(min(_LOOK_SECONDS, task.every / timedelta(seconds=1)))

    async def step(self) -> bool:
        """Do the task if it is due and nobody else is at it; `False`, since it is not due again at once.

        The transaction that holds the turn has written and read nothing that would hold anybody up while the task runs.
        """
        async with unit_of_work(self._database.sessions) as session:
            if await take_turn(session, self._task.name, self._task.every):
                await self._task.run(self._database)
                await finish_run(session, self._task.name)
        return False
