"""A transport that sends the head of an answer together with what comes next, in one call of the system's.

uvicorn writes the head and the body of each answer by themselves, and uvloop hands each to the system at once: for a
small answer the second call costs as much as a query's (docs/performance.md). A head with nothing behind it is sent at
the end of the event loop's round, so that what is streamed begins as soon as it would.
"""

from __future__ import annotations

import asyncio
from typing import Any

_HEAD = b"HTTP/1."


class WholeAnswers:
    """The transport of one connection; everything but `write` and `close` is the transport's own."""

    __slots__ = ("_held", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: bytes | None = None

    def __getattr__(self, name: str) -> Any:
        """What is not about writing is for the transport itself."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send, or keep a head for a moment."""
        if self._held is not None:
            held, self._held = self._held, None
            self._transport.writelines((held, data))
        elif data.startswith(_HEAD):
            self._held = data
            self._loop.call_soon(self.flush)
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Send a head that was kept."""
        if self._held is not None:
            held, self._held = self._held, None
            self._transport.write(held)

    def close(self) -> None:
        """Close the connection once everything is sent."""
        self.flush()
        self._transport.close()
