"""The engine: connections for units of work and for reads without BEGIN and COMMIT, others for hot statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import Dialect, ExceptionContext, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.db.hot_connections import HotConnections
from helpdesk_api.db.session import LazySession, ReadSession

SERVER_SETTINGS = {"application_name": "helpdesk-api", "timezone": "UTC", "jit": "off"}


@dataclass(frozen=True, slots=True)
class Database:
    """The pools and the kinds of session over them.

    Units of work, reads, and units of work that may be a single statement (`Statement.change`).
    """

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    read_sessions: async_sessionmaker[AsyncSession]
    one_step_sessions: async_sessionmaker[AsyncSession]
    hot_connections: HotConnections | None = None

    async def close(self) -> None:
        """Close every pooled connection."""
        if self.hot_connections is not None:
            await self.hot_connections.close()
        await self.engine.dispose()


def open_database(url: str, pool_size: int = 10, command_timeout: float | None = 60) -> Database:
    """Make the pools, of `pool_size` connections each; nothing is connected yet.

    A request waits at most 5 seconds for a connection, so that an overloaded database is answered with 503, not a hang,
    and `command_timeout` seconds for a statement.
    """
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_use_lifo=True,
        # Errors are logged: the values of a statement (hashes, addresses, texts) are nobody's business there.
        hide_parameters=True,
        connect_args={
            "timeout": 5,
            "command_timeout": command_timeout,
            "server_settings": SERVER_SETTINGS,
        },
    )
    event.listen(engine.sync_engine, "do_connect", _connect)
    event.listen(engine.sync_engine, "handle_error", _name_silence)
    hot = HotConnections(engine.url, pool_size, command_timeout=command_timeout, server_settings=SERVER_SETTINGS)
    return Database(
        engine,
        async_sessionmaker(engine, class_=LazySession, expire_on_commit=False, hot_connections=hot),
        # Autocommit: a read is one round trip, without BEGIN and ROLLBACK around it.
        async_sessionmaker(
            engine.execution_options(isolation_level="AUTOCOMMIT"),
            class_=ReadSession,
            expire_on_commit=False,
            hot_connections=hot,
        ),
        async_sessionmaker(engine, class_=LazySession, expire_on_commit=False, hot_connections=hot, one_step=True),
        hot,
    )


def _connect(dialect: Dialect, _record: object, arguments: list[Any], options: dict[str, Any]) -> Any:
    # Whether nobody listens, nobody answers or the server refuses the service: to its clients it is one thing.
    try:
        return dialect.connect(*arguments, **options)
    except TimeoutError as error:
        raise DatabaseUnavailable("the database cannot be reached: no answer in time") from error
    except (OSError, asyncpg.InterfaceError, dialect.loaded_dbapi.Error) as error:
        raise DatabaseUnavailable(f"the database cannot be reached: {error}") from error


def _name_silence(context: ExceptionContext) -> DatabaseUnavailable | None:
    """The network's errors, and the driver's at the end of its patience, come without a wrapping of SQLAlchemy's."""
    error = context.original_exception
    if isinstance(error, TimeoutError):
        return DatabaseUnavailable("the database did not answer in time")
    return DatabaseUnavailable(f"the database did not answer: {error}") if isinstance(error, OSError) else None
