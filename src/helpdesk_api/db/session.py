"""Units of work: the only place that commits, and what happens to files when it does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.ext.asyncio import async_sessionmaker

from helpdesk_api.db.errors import DatabaseUnavailable

__all__ = ["DatabaseUnavailable", "Session", "after_commit", "after_rollback", "reading", "unit_of_work"]

Follow = Callable[[], Awaitable[None]]
_COMMITTED = "after_commit"
_ROLLED_BACK = "after_rollback"
# SQLSTATE classes of a server that is away or full: connection exception, insufficient resources, intervention.
_AWAY_STATES = ("08", "53", "57P")


def after_commit(session: Session, follow: Follow) -> None:
    """Run `follow` once this unit of work is safely stored."""
    session.info.setdefault(_COMMITTED, []).append(follow)


def after_rollback(session: Session, follow: Follow) -> None:
    """Run `follow` if this unit of work comes to nothing."""
    session.info.setdefault(_ROLLED_BACK, []).append(follow)


@asynccontextmanager
async def unit_of_work(sessions: async_sessionmaker[Session]) -> AsyncIterator[Session]:
    """One transaction: committed when the block ends, rolled back when it raises.

    Raises `DatabaseUnavailable` when the database is away, `sqlalchemy.exc.IntegrityError` when a constraint objects
    at commit.
    """
    session = sessions()
    try:
        with _away_is_unavailable():
            async with session, session.begin():
                yield session
    except BaseException:
        await _run(session.info.get(_ROLLED_BACK, []))
        raise
    await _run(session.info.get(_COMMITTED, []))


@asynccontextmanager
async def reading(read_sessions: async_sessionmaker[Session]) -> AsyncIterator[Session]:
    """A session for reads only: each statement stands alone, nothing is committed.

    Raises `DatabaseUnavailable` when the database is away.
    """
    with _away_is_unavailable():
        async with read_sessions() as session:
            yield session


@contextmanager
def _away_is_unavailable() -> Iterator[None]:
    try:
        yield
    except exc.TimeoutError as error:
        raise DatabaseUnavailable("no database connection became free in time") from error
    except exc.DBAPIError as error:
        if error.connection_invalidated or _is_away(error):
            raise DatabaseUnavailable("the database is away") from error
        raise


def _is_away(error: exc.DBAPIError) -> bool:
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return state.startswith(_AWAY_STATES)


async def _run(follows: list[Follow]) -> None:
    for follow in follows:
        await follow()
