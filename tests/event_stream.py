"""A consumer of server-sent events, as simple as a browser's: it remembers the last id, and comes again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from post import until


@dataclass
class Consumer:
    """What came on a stream."""

    url: str
    headers: dict[str, str]
    after: int | None = None
    ids: list[int] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    # How often a connection was made, and how often it came to a good end.
    connected: int = 0
    ended: int = 0
    refused: int | None = None

    async def read(self, client: httpx.AsyncClient) -> None:
        """Read one connection to its end."""
        headers = dict(self.headers)
        if self.after is not None:
            headers["Last-Event-ID"] = str(self.after)
        async with client.stream("GET", f"{self.url}/api/events/stream/", headers=headers) as answer:
            if answer.status_code != 200:
                self.refused = answer.status_code
                return
            self.connected += 1
            found: dict[str, str] = {}
            async for line in answer.aiter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    found[name] = value
                else:
                    self._take(found)
                    found = {}
        self.ended += 1

    def _take(self, found: dict[str, str]) -> None:
        if "id" in found:
            self.after = int(found["id"])
        if "data" in found:
            event = json.loads(found["data"])
            assert (int(found["id"]), found["event"]) == (event["sequence"], event["type"])
            self.ids.append(event["sequence"])
            self.events.append(event)

    async def keep_reading(self) -> None:
        """Read for ever, connecting again whenever a connection ends."""
        async with httpx.AsyncClient(timeout=httpx.Timeout(10, read=30)) as client:
            while True:
                with suppress(httpx.TransportError):
                    await self.read(client)
                await asyncio.sleep(0.2)


@asynccontextmanager
async def consuming(url: str, headers: dict[str, str], after: int | None = None) -> AsyncIterator[Consumer]:
    """A consumer that reads while the block runs."""
    consumer = Consumer(url, headers, after)
    task = asyncio.create_task(consumer.keep_reading())
    try:
        await until(lambda: consumer.connected > 0 or consumer.refused is not None)
        yield consumer
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.wait({task})
