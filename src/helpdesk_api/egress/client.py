"""One POST and what came of it, within limits of time and size."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpcore

from helpdesk_api import __version__
from helpdesk_api.egress.destinations import Destinations
from helpdesk_api.egress.network import GuardedNetwork, Resolve, resolve
from helpdesk_api.egress.urls import WrongUrl, web_proxy, web_url

TOTAL_SECONDS = 15.0
"""Names, connections, TLS, the request and its answer together."""

EXCERPT_BYTES = 1000
"""How much of an answer's body is read."""

USER_AGENT = f"helpdesk-api/{__version__}"
NO_HTTP = "What came back was no complete answer in HTTP."
CUT = "The connection was cut."
_NETWORK_PROBLEMS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
)


class NoAnswer(Exception):
    """Nothing came back that could be understood; the text says why, for people, without the address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said: a status, when it wants to be asked again (RFC 9110, 10.2.3), the beginning of the rest."""

    status: int
    retry_after: str | None
    excerpt: str

    @property
    def is_success(self) -> bool:
        """Whether it was taken: 2xx."""
        return 200 <= self.status < 300


class WebClient:
    """Sends to where its connections lead. It follows no redirect, keeps no cookie, and asks no proxy by itself."""

    def __init__(self, pool: httpcore.AsyncConnectionPool, seconds: float) -> None:
        self._pool = pool
        self._seconds = seconds
        # The network shares the time to connect between the addresses of a name.
        self._options = {"timeout": dict.fromkeys(("pool", "connect", "read", "write"), seconds)}

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send it once. Raises `NoAnswer`; whatever has a status line is an answer."""
        answer: Answer | None = None
        try:
            address = web_url(url)
            fields = [*_own_fields(address), *headers.items(), ("Content-Length", str(len(body)))]
            async with (
                asyncio.timeout(self._seconds),
                self._pool.stream("POST", address, headers=fields, content=body, extensions=self._options) as response,
            ):
                answer = Answer(response.status, _retry_after(response), "")
                return Answer(answer.status, answer.retry_after, await _beginning(response))
        except (TimeoutError, WrongUrl, *_NETWORK_PROBLEMS) as error:
            # The rest of the body does not matter: the status was said.
            if answer is None:
                raise NoAnswer(self._reason(error)) from error
            return answer

    def _reason(self, error: Exception) -> str:
        """Why nothing came back; what did come back and was no HTTP is not repeated."""
        if isinstance(error, TimeoutError | httpcore.TimeoutException):
            return f"There was no answer within {self._seconds:g} s."
        if isinstance(error, httpcore.ProtocolError):
            return NO_HTTP
        if isinstance(error, httpcore.ProxyError):
            return f"The proxy answered {error}."
        return str(error) or CUT

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


@asynccontextmanager
async def web_client(
    destinations: Destinations,
    *,
    seconds: float = TOTAL_SECONDS,
    ssl_context: ssl.SSLContext | None = None,
    resolver: Resolve = resolve,
) -> AsyncIterator[WebClient]:
    """A client that sends to these destinations, for as long as the block lasts.

    Certificates are checked against the system's authorities (OpenSSL's SSL_CERT_FILE and SSL_CERT_DIR name others).
    """
    # Reading them takes long enough to be noticed by others.
    if ssl_context is None:
        ssl_context = await asyncio.to_thread(ssl.create_default_context)
    client = WebClient(_pool(destinations, ssl_context, resolver), seconds)
    try:
        yield client
    finally:
        await client.close()


def _pool(destinations: Destinations, ssl_context: ssl.SSLContext, resolver: Resolve) -> httpcore.AsyncConnectionPool:
    """Connections that nobody waits for: how many there are at once is for the caller to say."""
    limits: dict[str, Any] = {"max_connections": None, "max_keepalive_connections": 20, "keepalive_expiry": 5}
    if destinations.proxy is None:
        limits["network_backend"] = GuardedNetwork(destinations, resolver)
    else:
        limits["proxy"] = web_proxy(destinations.proxy)
    return httpcore.AsyncConnectionPool(ssl_context, **limits)


def _own_fields(url: httpcore.URL) -> Iterator[tuple[str, str]]:
    """The header fields of every request."""
    host = url.host.decode("ascii")
    name = f"[{host}]" if ":" in host else host
    yield "Host", name if url.port is None else f"{name}:{url.port}"
    yield "User-Agent", USER_AGENT
    yield "Accept", "*/*"
    # Compressed bodies could be endless once more.
    yield "Accept-Encoding", "identity"
    yield "Connection", "keep-alive"


def _retry_after(response: httpcore.Response) -> str | None:
    found = (value.decode("latin-1") for name, value in response.headers if name.lower() == b"retry-after")
    return next(found, None)


async def _beginning(response: httpcore.Response) -> str:
    """The first characters of a body; what is no text is replaced, NUL too, which PostgreSQL does not keep."""
    read = bytearray()
    async for part in response.aiter_stream():
        read += part
        if len(read) >= EXCERPT_BYTES:
            break
    return read[:EXCERPT_BYTES].decode("utf-8", "replace").replace("\0", "\ufffd")
