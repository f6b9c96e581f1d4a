"""Connections that look at the address they are made to: a name that leads elsewhere meanwhile gains nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address

import httpcore

from helpdesk_api.egress.destinations import Destinations

REFUSED = "The address of the host is not public, and HELPDESK_WEBHOOK_ALLOWED_NETWORKS does not name it."
# A host and a port to the addresses it has now. Raises `OSError`.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> list[str]:
    """What the system's resolver says, in the order in which to try them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves a name once, and connects to one of the addresses found that `Destinations` admits.

    TLS is still about the host's name: httpcore verifies it after the connection is made.
    """

    def __init__(self, destinations: Destinations, resolver: Resolve = resolve) -> None:
        self._destinations = destinations
        self._resolve = resolver
        self._tcp = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address that takes one. Raises `ConnectError`, `ConnectTimeout`."""
        addresses = await self._addresses(host, port)
        share = timeout / len(addresses) if timeout else None
        for address in addresses[:-1]:
            try:
                return await self._tcp.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._tcp.connect_tcp(addresses[-1], port, share, local_address, socket_options)

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("The name of the host cannot be resolved.") from error
        admitted = [address for address in found if self._destinations.admit(ip_address(address))]
        if not admitted:
            raise httpcore.ConnectError(REFUSED)
        return admitted
