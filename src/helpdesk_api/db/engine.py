"""The engine: one connection pool, with a view of it for reads that skips BEGIN and COMMIT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import Dialect, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from helpdesk_api.db.errors import DatabaseUnavailable

_REFUSALS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
)


@dataclass(frozen=True, slots=True)
class Database:
    """The pool and the two kinds of session over it."""

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    read_sessions: async_sessionmaker[AsyncSession]

    async def close(self) -> None:
        """Close every pooled connection."""
        await self.engine.dispose()


def open_database(url: str, pool_size: int = 10) -> Database:
    """Make the pool; nothing is connected yet.

    A request waits at most 5 seconds for a connection, so that an overloaded database is answered with 503, not a hang.
    """
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_use_lifo=True,
        connect_args={
            "timeout": 5,
            "command_timeout": 60,
            "server_settings": {"application_name": "helpdesk-api", "timezone": "UTC", "jit": "off"},
        },
    )
    event.listen(engine.sync_engine, "do_connect", _connect)
    return database_over(engine)


def database_over(engine: AsyncEngine) -> Database:
    """The two kinds of session over an engine that exists."""
    return Database(
        engine,
        async_sessionmaker(engine, expire_on_commit=False),
        # Autocommit: a read is one round trip, without BEGIN and ROLLBACK around it.
        async_sessionmaker(engine.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False),
    )


def _connect(dialect: Dialect, _record: object, arguments: list[Any], options: dict[str, Any]) -> Any:
    # SQLAlchemy passes the driver's and the operating system's errors on unchanged here: give them one name.
    try:
        return dialect.connect(*arguments, **options)
    except _REFUSALS as error:
        raise DatabaseUnavailable("the database cannot be reached") from error
