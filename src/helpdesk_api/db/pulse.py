"""Whether the database still answers: tells one that hangs from one that is slow, and lets nobody wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from weakref import WeakSet

import asyncpg
import structlog

from helpdesk_api.db.driver_errors import CUT
from helpdesk_api.db.errors import DatabaseUnavailable

CONNECT_SECONDS = 2.0
_ASK_SECONDS = 2.0
# Connections that are being opened at the same time. Each takes a process of the server's and both sides' sums for the
# password: dozens at once on a busy machine take each other longer than one of them is given.
_OPENING = 4
_BETWEEN_SECONDS = 0.5
SILENT = "the database does not answer"
_log = structlog.stdlib.get_logger("helpdesk_api")


class Pulse:
    """Makes the connections of every pool and, while it is watched, asks on one of its own whether anybody is there.

    A server that was stopped, or that a broken network swallows, keeps its connections open and says nothing. A
    statement's time limit cannot tell that from hard work, or would have to be too short for some of it. So where a
    question that costs nothing stays unanswered, every connection is cut: whoever waits is told at once, and so is
    whoever comes, until the database answers again.
    """

    def __init__(self, address: dict[str, Any], after_silence: Callable[[], Awaitable[None]]) -> None:
        self._address = address
        self._after_silence = after_silence
        self._connections: WeakSet[asyncpg.Connection] = WeakSet()
        self._asking: asyncpg.Connection | None = None
        self._watched = False
        self._silent = False
        self._opening = asyncio.Semaphore(_OPENING)

    async def connect(self, *arguments: Any, **options: Any) -> asyncpg.Connection:
        """As `asyncpg.connect`. Raises `DatabaseUnavailable` at once while the database is known to be silent."""
        try:
            async with self._opening:
                if self._silent:
                    raise DatabaseUnavailable(SILENT)
                connection = await asyncpg.connect(*arguments, **options)
        except TimeoutError:
            # Old connections may work on while the server takes no new one: the next question has to be asked on such.
            self._hang_up()
            await self._change(silent=self._watched)
            raise
        self._connections.add(connection)
        return connection

    def cut(self) -> None:
        """End every connection without a word."""
        for connection in list(self._connections):
            connection.terminate()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Ask twice a second for as long as the block lasts: silence is noticed within three."""
        watch = asyncio.create_task(self._watch(), name="database-pulse")
        self._watched = True
        try:
            yield
        finally:
            self._watched = False
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            self._hang_up()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_BETWEEN_SECONDS)
            await self._change(silent=not await self._answers())

    async def _change(self, *, silent: bool) -> None:
        if silent == self._silent:
            return
        self._silent = silent
        _log.warning("database silent" if silent else "database answers again")
        if silent:
            self.cut()
            await self._after_silence()

    async def _answers(self) -> bool:
        """Whether the database says anything. A refusal is an answer too: whoever connects is told as fast."""
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                if self._asking is None:
                    self._asking = await asyncpg.connect(**self._address)
                await self._asking.execute("SELECT 1")
        except TimeoutError:
            self._hang_up()
            return False
        except (OSError, asyncpg.PostgresError, *CUT):
            self._hang_up()
        return True

    def _hang_up(self) -> None:
        if self._asking is not None:
            self._asking.terminate()
            self._asking = None
