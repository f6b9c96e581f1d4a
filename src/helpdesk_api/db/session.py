"""Units of work: the only place that commits, and what happens to files when it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import structlog
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker
from sqlalchemy.ext.asyncio import AsyncSession as Session

from helpdesk_api.db.errors import ConstraintViolated, DatabaseUnavailable
from helpdesk_api.db.hot_connections import HotConnections
from helpdesk_api.db.outcome import Outcome, Transaction, outcome_of, transaction_of

__all__ = ["LazySession", "ReadSession", "Session", "after_commit", "after_rollback", "before_commit", "unit_of_work"]

Follow = Callable[[], Awaitable[None]]
_log = structlog.stdlib.get_logger("helpdesk_api")
# What `AsyncSession.__init__` sets.
_MADE_LATER = ("_async_bind", "_async_binds", "_proxied", "sync_session")
_COMMITTING = "before_commit"
_COMMITTED = "after_commit"
_ROLLED_BACK = "after_rollback"
# SQLSTATE classes after which trying again helps: connection exception, insufficient resources, operator intervention,
# and a transaction that lost against another (deadlock).
_PASSING_STATES = ("08", "53", "57P", "40")
# How long an answer waits to learn what became of a commit; the files follow that whenever it is known.
_OUTCOME_SECONDS = 0.5
_asking: set[asyncio.Task[None]] = set()


class LazySession(Session):
    """A session that is made when it is first used; what a `Statement` does by itself does not need it."""

    def __init__(
        self, bind: AsyncEngine, *, hot_connections: HotConnections, one_step: bool = False, **options: Any
    ) -> None:
        self.hot_connections = hot_connections
        self.one_step = one_step
        # What a statement has read beside its own rows, for whoever asks for it next in the same request.
        self.read_beside: dict[str, Any] = {}
        self._made_of = (bind, options)

    def __getattr__(self, name: str) -> Any:
        """Make the session itself, for the first attribute that it would have. Raises `AttributeError`."""
        if name not in _MADE_LATER:
            raise AttributeError(name)
        bind, options = self._made_of
        super().__init__(bind, **options)
        return getattr(self, name)

    @property
    def is_made(self) -> bool:
        """Whether anything was asked of it yet."""
        return "sync_session" in self.__dict__


class ReadSession(LazySession):
    """A session of reads that stand alone: each gives its connection back as soon as its rows are there.

    So no request holds a connection while it does something else, none ever waits for a second one, and there is
    nothing to close at the end. Each read raises `DatabaseUnavailable` when the database is away.
    """

    async def execute(self, *arguments: Any, **options: Any) -> Any:
        """As `Session.execute`; the rows are fetched before the connection goes back."""
        with _away_is_unavailable():
            result = await super().execute(*arguments, **options)
            await self.commit()
        return result

    async def scalar(self, *arguments: Any, **options: Any) -> Any:
        """As `Session.scalar`."""
        with _away_is_unavailable():
            value = await super().scalar(*arguments, **options)
            await self.commit()
        return value


def before_commit(session: Session, follow: Follow) -> None:
    """Run `follow` as the last thing of this unit of work, still inside its transaction."""
    session.info.setdefault(_COMMITTING, []).append(follow)


def after_commit(session: Session, follow: Follow) -> None:
    """Run `follow` once this unit of work is safely stored."""
    session.info.setdefault(_COMMITTED, []).append(follow)


def after_rollback(session: Session, follow: Follow) -> None:
    """Run `follow` if this unit of work comes to nothing."""
    session.info.setdefault(_ROLLED_BACK, []).append(follow)


@asynccontextmanager
async def unit_of_work(sessions: async_sessionmaker[Session]) -> AsyncIterator[Session]:
    """One transaction: committed when the block ends, rolled back when it raises.

    Raises `DatabaseUnavailable` when the database is away, `ConstraintViolated` when a constraint objects to something
    nobody looked after: what a row refers to went away meanwhile.
    """
    session = sessions()
    transaction = None
    try:
        with _away_is_unavailable():
            try:
                yield session
                if _is_made(session):
                    await _run(session.info.get(_COMMITTING, []))
                    if _ROLLED_BACK in session.info:
                        transaction = await transaction_of(session)
                    await session.commit()
            finally:
                if _is_made(session):  # what is not committed is rolled back
                    await asyncio.shield(asyncio.create_task(session.close()))
    except BaseException as error:
        if transaction is not None and isinstance(error, DatabaseUnavailable | asyncio.CancelledError):
            await _follow_when_known(sessions, session, transaction)
        else:
            await _follow(session, Outcome.ROLLED_BACK)
        raise
    await _follow(session, Outcome.COMMITTED)


async def _follow_when_known(sessions: async_sessionmaker[Session], session: Session, transaction: Transaction) -> None:
    """Find out how it ended, and follow: in the background as soon as that takes longer than an answer may."""

    async def follow() -> None:
        await _follow(session, await outcome_of(sessions, transaction))

    task = asyncio.create_task(follow(), name="outcome-of-commit")
    _asking.add(task)
    task.add_done_callback(_asking.discard)
    await asyncio.wait({task}, timeout=_OUTCOME_SECONDS)


async def _follow(session: Session, outcome: Outcome) -> None:
    """Do what was to follow. Where nobody knows how it ended, files stay noted, for the sweep at the next start."""
    if not _is_made(session):
        return
    match outcome:
        case Outcome.COMMITTED:
            await _run(session.info.get(_COMMITTED, []))
        case Outcome.ROLLED_BACK:
            await _run(session.info.get(_ROLLED_BACK, []))
        case Outcome.UNKNOWN:
            _log.error("commit with unknown outcome")


def _is_made(session: Session) -> bool:
    return not isinstance(session, LazySession) or session.is_made


@contextmanager
def _away_is_unavailable() -> Iterator[None]:
    try:
        yield
    except exc.TimeoutError as error:
        raise DatabaseUnavailable("no database connection became free in time") from error
    except exc.IntegrityError as error:
        raise ConstraintViolated("something this refers to has just changed") from error
    except exc.DBAPIError as error:
        if error.connection_invalidated or _will_pass(error):
            raise DatabaseUnavailable(f"the database is away: {error.orig}") from error
        raise


def _will_pass(error: exc.DBAPIError) -> bool:
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return state.startswith(_PASSING_STATES)


async def _run(follows: list[Follow]) -> None:
    for follow in follows:
        await follow()
