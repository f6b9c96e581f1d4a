"""A receiver of webhooks: an HTTP server on loopback that does what a test tells it, wrong things above all."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Received:
    """A request as it came; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def verified_by(self, secret: str) -> Any:
        """The JSON of the body, once the public library has found the signature good; else it raises."""
        return Webhook(secret).verify(self.body, self.headers)


Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answers(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """An answer as it should be; underscores in names of headers are hyphens."""

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        head = "\r\n".join([f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", "Connection: close", *lines])
        writer.write(head.encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return answer


async def hangs(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """No answer, for as long as somebody waits for one."""
    await reader.read()


def sends(first: bytes, then: bytes = b"", *, pause: float = 0) -> Behaviour:
    """These bytes, and then others again and again until the connection is cut."""

    async def send(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while then and not writer.transport.is_closing():
            writer.write(then)
            await writer.drain()
            await asyncio.sleep(pause)

    return send


@dataclass
class Receiver:
    """What came, and what is done about it: `planned` one after the other, `usual` when none is left."""

    usual: Behaviour = field(default_factory=lambda: answers(204))
    planned: list[Behaviour] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    scheme: str = "http"
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"

    async def wait_for(self, count: int) -> list[Received]:
        """Everything that came, once it is at least so many requests."""
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(lambda: len(self.received) >= count)
        return self.received

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request of a connection."""
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            self.received.append(await _read(reader))
            async with self._news:
                self._news.notify_all()
            await (self.planned.pop(0) if self.planned else self.usual)(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    return Received(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@asynccontextmanager
async def receiving(receiver: Receiver, ssl_context: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver that listens, on the port it had where it had one."""
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", receiver.port, ssl=ssl_context)
    receiver.port = server.sockets[0].getsockname()[1]
    receiver.scheme = "https" if ssl_context else "http"
    try:
        yield receiver
    finally:
        server.close()
        await asyncio.sleep(0)
