"""Number what was committed, as soon as it is announced, and every second or two anyway."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk_api.background.bell import Bell
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.outbox.commands import Planner
from helpdesk_api.domain.outbox.sequencing import BATCH, number_events

_LOOK_SECONDS = 2.0
# Under load: a batch costs much the same whether it has one event or fifty.
_APART_SECONDS = 0.1


class Sequencer:
    """One of possibly many: whoever comes first does it, the others' turn comes soon."""

    def __init__(self, database: Database, planners: Sequence[Planner]) -> None:
        self._sessions = database.sessions
        self._planners = planners
        self.bell = Bell(_LOOK_SECONDS, _APART_SECONDS)

    async def step(self) -> bool:
        """Number one batch; whether there may be more."""
        async with unit_of_work(self._sessions) as session:
            return await number_events(session, self._planners) == BATCH
