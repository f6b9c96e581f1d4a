"""Run all background work beside whatever else the process does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from helpdesk_api.background.bell import Loop, keep_doing
from helpdesk_api.background.draining import Drain
from helpdesk_api.background.periodic import Periodic
from helpdesk_api.background.sequencer import Sequencer
from helpdesk_api.background.work import Work, all_work
from helpdesk_api.db.announcer import DELIVERIES, OUTBOX
from helpdesk_api.db.engine import Database
from helpdesk_api.settings import Settings

# When the process is to end, a step has so long, and then what is being sent; what is not sent by then is sent again.
_STEP_SECONDS = 5.0
_SEND_SECONDS = 20.0


@asynccontextmanager
async def background_work(settings: Settings, database: Database) -> AsyncIterator[None]:
    """Do it for as long as the block lasts, in which `database.listening` begins."""
    async with AsyncExitStack() as stack:
        work = await all_work(settings, database, stack)
        async with doing(work, database):
            yield


@asynccontextmanager
async def doing(work: Work, database: Database) -> AsyncIterator[None]:
    """Do this work for as long as the block lasts; what is being sent at its end is sent to the end."""
    sequencer = Sequencer(database, work.planners)
    drains = [Drain(database, channel) for channel in work.channels]
    _let_ring(database, sequencer, drains)
    loops: dict[str, Loop] = {
        "sequencer": sequencer,
        **{f"drain-{channel.name}": drain for channel, drain in zip(work.channels, drains, strict=True)},
        **{task.name: Periodic(database, task) for task in work.periodic},
    }
    tasks = [asyncio.create_task(keep_doing(name, loop), name=name) for name, loop in loops.items()]
    try:
        yield
    finally:
        for loop in loops.values():
            loop.bell.stop()
        await _end(tasks, drains)


def _let_ring(database: Database, sequencer: Sequencer, drains: Sequence[Drain]) -> None:
    if database.listener is None:
        return
    database.listener.add(sequencer.bell.ring, OUTBOX)
    for drain in drains:
        database.listener.add(drain.bell.ring, DELIVERIES)


async def _end(tasks: Sequence[asyncio.Task[None]], drains: Sequence[Drain]) -> None:
    _, late = await asyncio.wait(tasks, timeout=_STEP_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.gather(*(drain.finish(_SEND_SECONDS) for drain in drains))
