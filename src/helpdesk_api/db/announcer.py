"""Tell every process, a moment after a commit, that there is something new to look at."""

from __future__ import annotations

import asyncio
import math

from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.db.hot_connections import HotConnections

# What is announced under which name: events that nobody has numbered; numbered events; deliveries that are due.
OUTBOX = "helpdesk_outbox"
EVENTS = "helpdesk_events"
DELIVERIES = "helpdesk_deliveries"
# Whatever commits within this time is one announcement; and so is, where there are many, whatever commits within the
# longer time after the last one: each is a commit of its own that waits for the disk, and has every process look.
_GATHER_SECONDS = 0.025
_APART_SECONDS = 0.1
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
        self._said_at = -math.inf

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
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(max(_GATHER_SECONDS, self._said_at + _APART_SECONDS - clock()))
        self._saying = None  # what is stored from now on is said by the next one
        self._said_at = clock()
        try:
            await self._connections.read(_NOTIFY, ())
        except DatabaseUnavailable:
            return
