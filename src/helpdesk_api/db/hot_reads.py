"""A pool of asyncpg connections for hot reads: nothing between them and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.engine import URL

from helpdesk_api.db.errors import DatabaseUnavailable

# What asyncpg raises when a connection was cut, and when the server is away or refuses.
CUT = (
    ConnectionError,
    asyncpg.InterfaceError,
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
    # The database is closed to everybody, or not there (yet).
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InvalidCatalogNameError,
)


class HotReads:
    """Connections that are opened when they are first needed and lent for one read each.

    Waits at most `wait` seconds for a free one, so that an overloaded database is answered with 503, not a hang.
    """

    def __init__(self, url: URL, size: int, wait: float = 5.0, **options: Any) -> None:
        _, address = dialect().create_connect_args(url)  # type: ignore[no-untyped-call]
        self._options = {**address, **options, "timeout": wait, "min_size": 0, "max_size": size, "reset": _no_reset}
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
