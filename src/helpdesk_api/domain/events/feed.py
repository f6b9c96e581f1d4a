"""The newest events as they come, read once for everybody in this process who follows them."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import orjson

from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.domain.events.repository import EventRepository
from helpdesk_api.domain.events.telling import tell

# Events that are kept for those who are a little behind; who is further behind reads pages of their own.
_KEPT = 1000
_PAGE = 200
# Where nothing is heard, it looks so often by itself, once for all.
_LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """An event, written out as JSON once for all."""

    sequence: int
    type: str
    ticket_id: int | None
    json: str


class EventFeed:
    """What followers wait for; nothing is read while there are none, and none can hold memory by being slow."""

    def __init__(self, database: Database) -> None:
        self._read_sessions = database.read_sessions
        self._recent: deque[FeedEvent] = deque(maxlen=_KEPT)
        self._newest: int | None = None
        self._reading = asyncio.Lock()
        self._is_fresh = False
        self._read_at = 0.0
        self._changed = asyncio.Event()
        self.ended = False

    def hear(self) -> None:
        """There may be newer events."""
        self._is_fresh = False
        self._wake()

    def end(self) -> None:
        """Let every follower go: this process is about to end."""
        self.ended = True
        self._wake()

    async def newest(self) -> int:
        """The number of the newest event. Raises `DatabaseUnavailable`."""
        await self._refresh()
        return self._newest or 0

    async def after(self, sequence: int, seconds: float) -> Sequence[FeedEvent]:
        """The next events after a number, in order and without a gap; none when none came within so many seconds.

        Raises `DatabaseUnavailable`.
        """
        changed = self._changed
        found = await self._there(sequence)
        if found or self.ended:
            return found
        try:
            async with asyncio.timeout(seconds):
                await changed.wait()
        except TimeoutError:
            return ()
        return await self._there(sequence)

    async def _there(self, sequence: int) -> Sequence[FeedEvent]:
        await self._refresh()
        if sequence >= (self._newest or 0):
            return ()
        if self._recent and self._recent[0].sequence <= sequence + 1:
            first = sequence + 1 - self._recent[0].sequence
            return list(islice(self._recent, first, first + _PAGE))
        return await self._page(sequence)

    async def _refresh(self) -> None:
        async with self._reading:
            if self._is_fresh and time.monotonic() - self._read_at < _LOOK_SECONDS:
                return
            self._is_fresh = True  # whatever is heard from now on may not be in what is read
            try:
                await self._read_on()
            except BaseException:
                self._is_fresh = False
                raise
            self._read_at = time.monotonic()

    async def _read_on(self) -> None:
        newest = await EventRepository(self._session()).newest()
        if self._newest is None or newest - self._newest > _KEPT:
            self._recent.clear()
            self._newest = newest
        while self._newest < newest:
            page = await self._page(self._newest)
            self._recent.extend(page)
            self._newest = page[-1].sequence

    async def _page(self, sequence: int) -> list[FeedEvent]:
        session = self._session()
        events = await EventRepository(session).after(sequence, _PAGE)
        told = await tell(session, events)
        return [
            FeedEvent(one["sequence"], one["type"], event.ticket_id, orjson.dumps(one).decode())
            for event, one in zip(events, told, strict=True)
        ]

    def _session(self) -> Session:
        return self._read_sessions()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
