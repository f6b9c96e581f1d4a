"""Asking whether the database is there: nothing that a connection does in its last moment ends the asking."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from conftest import PATIENCE
from helpdesk_api.db.hot_connections import connect_arguments
from helpdesk_api.db.pulse import Pulse
from post import until

# What a server says before it ends a connection, as PostgreSQL's protocol spells it.
_FIELDS = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
LAST_WORDS = b"E" + struct.pack("!I", 4 + len(_FIELDS)) + _FIELDS


class Relay:
    """Stands between a client and the server, and can say a server's last words without ending the connection."""

    def __init__(self, server: Mapping[str, Any]) -> None:
        self._server = server
        self._clients: list[asyncio.StreamWriter] = []
        self.answered = 0
        self.port = 0

    @property
    def connections(self) -> int:
        """How many were made so far."""
        return len(self._clients)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Pass on what comes for as long as the block lasts."""
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()

    def say_last_words(self) -> None:
        """To everybody who is connected."""
        for client in self._clients:
            client.write(LAST_WORDS)

    async def _pass_on(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        from_server, to_server = await self._connect()
        self._clients.append(to_client)
        copies = (
            asyncio.create_task(self._copy(from_client, to_server)),
            asyncio.create_task(self._copy(from_server, to_client)),
        )
        await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
        for copy in copies:
            copy.cancel()
        to_client.close()
        to_server.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self._server["host"], self._server.get("port") or 5432
        if str(host).startswith("/"):
            return await asyncio.open_unix_connection(Path(host) / f".s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while chunk := await source.read(65536):
            target.write(chunk)
            self.answered += 1


async def test_a_connection_that_has_said_its_last_words_is_replaced(server_url: str) -> None:
    address = connect_arguments(make_url(server_url))
    relay = Relay(address)
    silences = 0

    async def count() -> None:
        nonlocal silences
        silences += 1

    async with relay.running():
        pulse = Pulse({**address, "host": "127.0.0.1", "port": relay.port, "ssl": False}, count)
        async with pulse.watched():
            await until(lambda: relay.answered >= 10, PATIENCE)
            assert relay.connections == 1
            relay.say_last_words()
            await until(lambda: relay.connections == 2, PATIENCE)
    assert silences == 0
