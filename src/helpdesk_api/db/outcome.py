"""What became of a commit whose answer never came: the connection died in between."""

from __future__ import annotations

import asyncio
from enum import Enum, auto

from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from helpdesk_api.db.errors import DatabaseUnavailable

_STATUS = text("SELECT pg_xact_status(CAST(CAST(:id AS text) AS xid8))")
_ASKS = 20
_BETWEEN_SECONDS = 0.25


class Outcome(Enum):
    """How a transaction ended."""

    COMMITTED = auto()
    ROLLED_BACK = auto()
    UNKNOWN = auto()


async def transaction_id(session: AsyncSession) -> str:
    """The id of the transaction a session is in, to ask for later."""
    return str(await session.scalar(text("SELECT pg_current_xact_id()")))


async def outcome_of(sessions: async_sessionmaker[AsyncSession], transaction: str) -> Outcome:
    """How a transaction ended; asked for a few seconds while the server is away or still at it."""
    for _ in range(_ASKS):
        try:
            async with sessions() as session:
                status = await session.scalar(_STATUS, {"id": transaction})
        except (DatabaseUnavailable, OperationalError, InterfaceError, TimeoutError):
            status = None
        if status in ("committed", "aborted"):
            return Outcome.COMMITTED if status == "committed" else Outcome.ROLLED_BACK
        await asyncio.sleep(_BETWEEN_SECONDS)
    return Outcome.UNKNOWN
