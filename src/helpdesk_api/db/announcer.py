"""Tell every process, a moment after a commit, that there is something new to look at."""

from __future__ import annotations

import asyncio

from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.db.hot_connections import HotConnections

# What is announced under which name: events that nobody has numbered; numbered events; deliveries that are due.
OUTBOX = "helpdesk_outbox"
EVENTS = "helpdesk_events"
DELIVERIES = "helpdesk_deliveries"
# Whatever commits within this time is one announcement.
_GATHER_SECONDS = 0.025
_NOTIFY = f"SELECT pg_notify('{OUTBOX}', '')"


class Announcer:
    """One `NOTIFY` for many commits, in a transaction of its own.

    In those of the writers it would take a lock that all of them share until each is safely on disk
    (docs/adr/0007-outbox.md). Where it is lost with a process or a connection, the background looks by itself soon.
    """

    def __init__(self, connections: HotConnections) -> None:
        self._connections = connections
        self._saying: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def announce(self) -> None:
        """Something was stored; returns at once."""
        if self._saying is None:
            self._saying = asyncio.create_task(self._say(), name="announcement")
            self._under_way.add(self._saying)
            self._saying.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Say what is still to be said."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _say(self) -> None:
        await asyncio.sleep(_GATHER_SECONDS)
        self._saying = None  # what is stored from now on is said by the next one
        try:
            await self._connections.read(_NOTIFY, ())
        except DatabaseUnavailable:
            return
