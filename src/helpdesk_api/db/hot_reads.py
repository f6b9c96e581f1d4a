"""A pool of asyncpg connections for hot reads: nothing between them and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.engine import URL

from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.db.pulse import CONNECT_SECONDS

# What asyncpg raises when a connection was cut, and when the server is away or refuses.
CUT = (
    ConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # used between the server's last word and the end of the connection
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
AWAY = (
    *CUT,
    OSError,
    TimeoutError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
)


def connect_arguments(url: URL) -> dict[str, Any]:
    """A URL of SQLAlchemy's as arguments of `asyncpg.connect`."""
    _, address = dialect().create_connect_args(url)  # type: ignore[no-untyped-call]
    return dict(address)


class HotReads:
    """Connections that are opened when they are first needed and lent for one read each.

    Waits at most `wait` seconds for a free one, so that an overloaded database is answered with 503, not a hang.
    """

    def __init__(self, url: URL, size: int, wait: float = 4.0, **options: Any) -> None:
        pool = {"timeout": CONNECT_SECONDS, "min_size": 0, "max_size": size, "reset": _no_reset}
        self._options = {**connect_arguments(url), **options, **pool}
        self._wait = wait
        self._pool: asyncpg.Pool | None = None
        self._opening: asyncio.Lock | None = None

    async def fetch(self, sql: str, values: Sequence[Any]) -> list[asyncpg.Record]:
        """The rows of one read. Raises `DatabaseUnavailable`.

        Connections that were cut meanwhile (the server was started again) are no reason to fail: all are replaced, and
        the read is repeated once.
        """
        try:
            pool = self._pool or await self._open()
            connection = await pool.acquire(timeout=self._wait)
            try:
                return await _rows(connection, sql, values)
            except CUT:
                with suppress(asyncpg.InterfaceError):  # it has noticed, and left the pool
                    connection.terminate()
                await pool.expire_connections()
            finally:
                await pool.release(connection)
            async with pool.acquire(timeout=self._wait) as connection:
                return await _rows(connection, sql, values)
        except AWAY as error:
            raise DatabaseUnavailable(f"the database cannot be reached: {error}") from error

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.close()

    async def _open(self) -> asyncpg.Pool:
        if self._opening is None:
            self._opening = asyncio.Lock()
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(**self._options)
            return self._pool


async def _rows(connection: asyncpg.Connection, sql: str, values: Sequence[Any]) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(sql, *values)
    return rows


async def _no_reset(_connection: object) -> None:
    """A read leaves nothing behind that would have to be reset."""
