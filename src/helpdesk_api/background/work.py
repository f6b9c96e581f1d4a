"""All background work there is: which planners, which channels, which periodic tasks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

from helpdesk_api.db.engine import Database
from helpdesk_api.domain.outbox.commands import Channel, Planner
from helpdesk_api.settings import Settings


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """Work that is done every so often by one process, however many there are.

    It may be done twice where a process was killed in the middle of it.
    """

    name: str
    every: timedelta
    run: Callable[[Database], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Work:
    """What the background has to do."""

    planners: Sequence[Planner] = ()
    channels: Sequence[Channel] = ()
    periodic: Sequence[PeriodicTask] = ()


async def all_work(settings: Settings, database: Database, stack: AsyncExitStack) -> Work:
    """What this deployment wants done; `stack` closes at the end what a channel keeps open."""
    return Work()
