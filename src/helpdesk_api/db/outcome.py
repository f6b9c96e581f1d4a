"""What became of a commit whose answer never came: the connection died in between."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from helpdesk_api.db.errors import DatabaseUnavailable

# A server that recovers from a crash may give the numbers of transactions that were lost to new ones, and begins its
# statistics anew; so does another server that took over. Restarted in good order it goes on with both.
_CURRENT = text("SELECT CAST(pg_current_xact_id() AS text), CAST(stats_reset AS text) FROM pg_stat_bgwriter")
_STATUS = text(
    "SELECT pg_xact_status(CAST(CAST(:id AS text) AS xid8)), CAST(stats_reset AS text) FROM pg_stat_bgwriter"
)
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 5.0


class Outcome(Enum):
    """How a transaction ended."""

    COMMITTED = auto()
    ROLLED_BACK = auto()
    UNKNOWN = auto()


_OUTCOMES = {"committed": Outcome.COMMITTED, "aborted": Outcome.ROLLED_BACK, None: Outcome.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction's number, and the span of the server's life in which it means this one."""

    id: str
    era: str


async def transaction_of(session: AsyncSession) -> Transaction:
    """The transaction a session is in, to ask for later."""
    number, era = (await session.execute(_CURRENT)).one()
    return Transaction(number, era)


async def outcome_of(sessions: async_sessionmaker[AsyncSession], transaction: Transaction) -> Outcome:
    """How a transaction ended; asked until the server is there, and has ended it.

    Unknown after a crash, or when the server no longer remembers.
    """
    pause = _FIRST_PAUSE
    while True:
        try:
            async with sessions() as session:
                status, era = (await session.execute(_STATUS, {"id": transaction.id})).one()
        except (DatabaseUnavailable, OperationalError, InterfaceError, TimeoutError):
            status = "in progress"
        except DBAPIError:  # a number from the future: the server lost it
            return Outcome.UNKNOWN
        else:
            if era != transaction.era:
                return Outcome.UNKNOWN
        if status in _OUTCOMES:
            return _OUTCOMES[status]
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
