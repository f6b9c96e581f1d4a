"""httpx on a network of our own; of httpx and httpcore, only what they publish is used."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any, cast

import httpcore
import httpx


class _Body(httpx.AsyncByteStream):
    """A response's body as it comes."""

    def __init__(self, parts: Any) -> None:
        self._parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in cast(AsyncIterable[bytes], self._parts):
            yield part

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._parts.aclose()


class NetworkTransport(httpx.AsyncBaseTransport):
    """Requests over connections that `network` makes. No proxy, no retry. Raises httpcore's exceptions."""

    def __init__(self, network: httpcore.AsyncNetworkBackend, ssl_context: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context,
            # How many are sent at once is for the caller to say: nobody waits here for another who hangs.
            max_connections=None,
            max_keepalive_connections=20,
            keepalive_expiry=5,
            network_backend=network,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()
