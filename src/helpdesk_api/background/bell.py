"""What a loop of background work waits for, and how it goes on whatever happens."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import Protocol

import structlog

from helpdesk_api.db.errors import ConstraintViolated, DatabaseUnavailable

# After something went wrong.
_PAUSE_SECONDS = 1.0
_log = structlog.stdlib.get_logger("helpdesk_api")


class Bell:
    """Wakes one loop: rung by whoever has something for it, and by itself after so many seconds.

    However often it is rung, it wakes it no sooner than `apart` seconds after the last time.
    """

    def __init__(self, every: float, apart: float = 0.0) -> None:
        self._every = every
        self._apart = apart
        self._woke_at = -math.inf
        self._rung = asyncio.Event()
        self._stop = asyncio.Event()

    @property
    def stopped(self) -> bool:
        """Whether the loop is to end."""
        return self._stop.is_set()

    def ring(self) -> None:
        """There is something to do. While the loop is at work, it will look once more."""
        self._rung.set()

    def stop(self) -> None:
        """Let the loop end after what it is doing."""
        self._stop.set()
        self._rung.set()

    async def wait(self) -> None:
        """Until it rings."""
        await _within(self._every, self._rung)
        clock = asyncio.get_running_loop().time
        await _within(self._woke_at + self._apart - clock(), self._stop)
        self._rung.clear()
        self._woke_at = clock()

    async def pause(self) -> None:
        """A moment, whether it rings or not, unless the loop is to end."""
        await _within(_PAUSE_SECONDS, self._stop)


async def _within(seconds: float, event: asyncio.Event) -> None:
    if seconds <= 0:
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


class Loop(Protocol):
    """Work in steps; each says whether there is more at once."""

    bell: Bell

    async def step(self) -> bool:
        """Do one step."""


async def keep_doing(name: str, loop: Loop) -> None:
    """Do a step whenever the bell rings, and again at once while the step says that there is more.

    It goes on by itself when the database comes back, and after what nobody expected, which is logged.
    """
    while not loop.bell.stopped:
        more = await _survive(name, loop)
        if more is None:
            await loop.bell.pause()
        elif not more:
            await loop.bell.wait()


async def _survive(name: str, loop: Loop) -> bool | None:
    task = asyncio.create_task(loop.step(), name=name)
    try:
        await asyncio.wait({task})
    finally:
        task.cancel()  # which does nothing where it is done
    error = task.exception()
    if error is None:
        return task.result()
    if isinstance(error, DatabaseUnavailable | ConstraintViolated):
        _log.warning("background work waits", work=name, reason=str(error))
    else:
        _log.error("background work failed", work=name, exc_info=error)
    return None
