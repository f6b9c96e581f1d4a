"""The engine: connections for units of work and for reads without BEGIN and COMMIT, others for hot statements."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import Dialect, ExceptionContext, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from helpdesk_api.db.announcer import Announcer
from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.db.hot_connections import HotConnections, connect_arguments
from helpdesk_api.db.listener import Listener
from helpdesk_api.db.pulse import CONNECT_SECONDS, Pulse
from helpdesk_api.db.session import LazySession, ReadSession

# Parallel workers are processes, started anew for each query that has some, on cores that other requests want, too:
# only what takes a tenth of a second is worth them.
SERVER_SETTINGS = {
    "application_name": "helpdesk-api",
    "timezone": "UTC",
    "jit": "off",
    "parallel_setup_cost": "10000",
}
# Compiled statements that are kept, those used last; SQLAlchemy lets them become half as many again before it forgets
# any. The longest, plain users' lists, take up to 190 kB each, and there is one for each page size and filter.
KEPT_STATEMENTS = 200
# How long open connections get to say goodbye at the end.
_CLOSE_SECONDS = 3.0


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
    pulse: Pulse | None = None
    announcer: Announcer | None = None
    listener: Listener | None = None
    # One connection besides those of the pools.
    connect: Callable[[], Awaitable[asyncpg.Connection]] | None = None

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Notice for as long as the block lasts when the database hangs, and let nobody wait for it then."""
        if self.pulse is None:
            yield
            return
        async with self.pulse.watched():
            yield

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear what is announced for as long as the block lasts."""
        if self.listener is None:
            yield
            return
        async with self.listener.listening():
            yield

    async def close(self) -> None:
        """Close every pooled connection: at once where the database does not answer."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._close()
        except TimeoutError:
            if self.pulse is not None:
                self.pulse.cut()
            await self._close()

    async def _close(self) -> None:
        if self.announcer is not None:
            await self.announcer.close()
        if self.hot_connections is not None:
            await self.hot_connections.close()
        await self.engine.dispose()


def open_database(
    url: str, pool_size: int = 10, command_timeout: float | None = 60, connect_timeout: float = CONNECT_SECONDS
) -> Database:
    """Make the pools, of `pool_size` connections each; nothing is connected yet.

    A request waits at most 4 seconds for a connection, so that an overloaded database is answered with 503, not a hang,
    `connect_timeout` seconds for it to be opened and `command_timeout` seconds for a statement. One that hangs is
    noticed sooner, see `Database.watched`.
    """

    async def forget_connections() -> None:
        await engine.dispose(close=False)

    address = {**connect_arguments(make_url(url)), "server_settings": SERVER_SETTINGS}
    pulse = Pulse(address, forget_connections)
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=4,
        pool_use_lifo=True,
        query_cache_size=KEPT_STATEMENTS,
        # Errors are logged: the values of a statement (hashes, addresses, texts) are nobody's business there.
        hide_parameters=True,
        connect_args={
            "async_creator_fn": pulse.connect,
            "timeout": connect_timeout,
            "command_timeout": command_timeout,
            "server_settings": SERVER_SETTINGS,
        },
    )
    event.listen(engine.sync_engine, "do_connect", _connect)
    event.listen(engine.sync_engine, "handle_error", _name_silence)
    hot = HotConnections(
        engine.url,
        pool_size,
        connect=pulse.connect,
        timeout=connect_timeout,
        command_timeout=command_timeout,
        server_settings=SERVER_SETTINGS,
    )

    def connect() -> Awaitable[asyncpg.Connection]:
        return pulse.connect(**address, timeout=CONNECT_SECONDS)

    announcer = Announcer(hot)
    options: dict[str, Any] = {"expire_on_commit": False, "hot_connections": hot, "announcer": announcer}
    return Database(
        engine,
        async_sessionmaker(engine, class_=LazySession, **options),
        # Autocommit: a read is one round trip, without BEGIN and ROLLBACK around it.
        async_sessionmaker(engine.execution_options(isolation_level="AUTOCOMMIT"), class_=ReadSession, **options),
        async_sessionmaker(engine, class_=LazySession, one_step=True, **options),
        hot,
        pulse,
        announcer,
        Listener(connect),
        connect,
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
    if isinstance(error.__cause__, asyncpg.InternalClientError):
        # Used between the server's last word and the end of the connection, which the driver has not noticed yet.
        context.is_disconnect = True
        return DatabaseUnavailable(f"the database cut the connection: {error}")
    return DatabaseUnavailable(f"the database did not answer: {error}") if isinstance(error, OSError) else None
