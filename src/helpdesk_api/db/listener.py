"""One connection of a process that hears what is announced, whoever in the process wants to know."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from helpdesk_api.db.driver_errors import AWAY
from helpdesk_api.db.errors import DatabaseUnavailable

_BETWEEN_SECONDS = 1.0
Hear = Callable[[], None]


class Listener:
    """Calls whoever waits for a channel whenever something was announced on it, and after every gap in listening."""

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]]) -> None:
        self._connect = connect
        self._waiting: dict[str, set[Hear]] = defaultdict(set)

    def add(self, hear: Hear, *channels: str) -> None:
        """Call `hear` for these channels; to be said before `listening` begins."""
        for channel in channels:
            self._waiting[channel].add(hear)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen for as long as the block lasts; a connection that is lost is made again."""
        task = asyncio.create_task(self._listen(), name="database-listener")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _listen(self) -> None:
        while True:
            try:
                connection = await self._connect()
            except (*AWAY, DatabaseUnavailable):
                await asyncio.sleep(_BETWEEN_SECONDS)
                continue
            try:
                await self._hear_until_lost(connection)
            except AWAY:
                await asyncio.sleep(_BETWEEN_SECONDS)
            finally:
                connection.terminate()

    async def _hear_until_lost(self, connection: asyncpg.Connection) -> None:
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        for channel in self._waiting:
            await connection.add_listener(channel, self._heard)
        # What was announced before now, nobody has heard.
        for hear in set().union(*self._waiting.values()):
            hear()
        await lost.wait()

    def _heard(self, _connection: object, _pid: int, channel: str, _payload: Any) -> None:
        for hear in self._waiting[channel]:
            hear()
