"""A way to send for tests: what was sent, in order, and failures on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from helpdesk_api.background.running import doing
from helpdesk_api.background.work import Work
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.domain.outbox.commands import DueDelivery, NewDelivery, Outcome, Sent
from helpdesk_api.models import Event


@dataclass
class Post:
    """A channel that keeps what it is given; `outcomes` are for the first ones, then everything arrives."""

    name: str = "post"
    lease_seconds: float = 10
    outcomes: list[Outcome | Exception] = field(default_factory=list)
    given: list[DueDelivery] = field(default_factory=list)

    async def send(self, delivery: DueDelivery) -> Outcome:
        """Take it, or fail as it was told to."""
        self.given.append(delivery)
        await asyncio.sleep(0)
        outcome = self.outcomes.pop(0) if self.outcomes else Sent()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    @property
    def sequences(self) -> list[int | None]:
        """Which events were told, in order."""
        return [delivery.sequence for delivery in self.given]


async def post_every_event(session: Session, events: Sequence[Event]) -> list[NewDelivery]:
    """A planner: each event is told once, in the lane of its ticket."""
    return [
        NewDelivery("post", f"post:{event.ticket_id}", {"type": event.type}, event.id, event.sequence)
        for event in events
    ]


@asynccontextmanager
async def posting(database: Database, post: Post) -> AsyncIterator[None]:
    """The background of one process that tells every event by post."""
    work = Work(planners=[post_every_event], channels=[post])
    async with doing(work, database), database.listening():
        yield


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Return once it holds."""
    for _ in range(round(seconds * 100)):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")
