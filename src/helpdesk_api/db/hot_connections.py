"""A pool of asyncpg connections for hot statements: nothing between them and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.engine import URL

from helpdesk_api.db.driver_errors import AWAY, CUT
from helpdesk_api.db.errors import ConstraintViolated, DatabaseUnavailable
from helpdesk_api.db.pulse import CONNECT_SECONDS

Connect = Callable[..., Awaitable[asyncpg.Connection]]


def connect_arguments(url: URL) -> dict[str, Any]:
    """A URL of SQLAlchemy's as arguments of `asyncpg.connect`."""
    _, address = dialect().create_connect_args(url)  # type: ignore[no-untyped-call]
    return dict(address)


class HotConnections:
    """Connections that are opened when they are first needed and lent for one statement each, the last one used first.

    Not `asyncpg.Pool`: lending and taking back through it cost more than most statements do (docs/performance.md).
    Waits at most `wait` seconds for a free one, so that an overloaded database is answered with 503, not a hang.
    """

    def __init__(
        self, url: URL, size: int, wait: float = 4.0, connect: Connect = asyncpg.connect, **options: Any
    ) -> None:
        self._options = {**connect_arguments(url), "timeout": CONNECT_SECONDS, **options}
        self._connect = connect
        self._wait = wait
        self._places = _Places(size, wait)
        self._free: list[asyncpg.Connection] = []

    async def read(self, sql: str, values: Sequence[Any]) -> list[asyncpg.Record]:
        """The rows of one read. Raises `DatabaseUnavailable`.

        Connections that were cut meanwhile (the server was started again) are no reason to fail: all are replaced, and
        the read is repeated once.
        """
        try:
            try:
                return await self._fetch(sql, values)
            except CUT:
                self._drop_free()
            return await self._fetch(sql, values)
        except AWAY as error:
            raise DatabaseUnavailable(f"the database cannot be reached: {error}") from error

    async def write(self, sql: str, values: Sequence[Any]) -> list[asyncpg.Record]:
        """The rows of one statement that changes something, which is a transaction of its own.

        Raises `DatabaseUnavailable`, then it may have been stored or not, and `ConstraintViolated`.
        """
        try:
            return await self._fetch(sql, values)
        except asyncpg.IntegrityConstraintViolationError as error:
            raise ConstraintViolated("something this refers to has just changed") from error
        except AWAY as error:
            if isinstance(error, CUT):
                self._drop_free()
            raise DatabaseUnavailable(f"the database cannot be reached: {error}") from error

    async def close(self) -> None:
        """Close every connection that is not lent."""
        free, self._free = self._free, []
        for connection in free:
            await connection.close(timeout=self._wait)

    async def _fetch(self, sql: str, values: Sequence[Any]) -> list[asyncpg.Record]:
        if not self._places.take():
            await self._places.wait_for_one()
        try:
            connection = self._take_free() or await self._connect(**self._options)
            try:
                rows: list[asyncpg.Record] = await connection.fetch(sql, *values)
            except asyncpg.PostgresError:
                self._keep(connection)
                raise
            except BaseException:
                # Cut, given up or cancelled: nobody can say what would be read from it next.
                connection.terminate()
                raise
            self._keep(connection)
            return rows
        finally:
            self._places.give_back()

    def _take_free(self) -> asyncpg.Connection | None:
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
        return None

    def _keep(self, connection: asyncpg.Connection) -> None:
        if not connection.is_closed():
            self._free.append(connection)

    def _drop_free(self) -> None:
        free, self._free = self._free, []
        for connection in free:
            connection.terminate()


class _Places:
    """So many at the same time; the others wait for their turn in the order in which they came, but not too long.

    As `asyncio.Semaphore` within `asyncio.timeout`, at a third of what these cost whoever has to wait.
    """

    def __init__(self, number: int, wait: float) -> None:
        self._free = number
        self._wait = wait
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self) -> bool:
        """Take a place, if one is free."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def wait_for_one(self) -> None:
        """Take a place once it is this one's turn. Raises `TimeoutError`."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.append(turn)
        clock = loop.call_later(self._wait, _give_up, turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.give_back()  # it came in the same moment, and is somebody else's now
            raise
        finally:
            clock.cancel()

    def give_back(self) -> None:
        """Let the next one have it."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


def _give_up(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_exception(TimeoutError())
