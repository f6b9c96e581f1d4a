"""Long turns: a lock that one process holds while it works, on a connection that is none of a pool's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from helpdesk_api.db.driver_errors import AWAY
from helpdesk_api.db.engine import Database
from helpdesk_api.db.errors import DatabaseUnavailable


@asynccontextmanager
async def turn(database: Database, kind: int, name: str) -> AsyncIterator[bool]:
    """Whether it is this process's turn, and then nobody else's until the block ends.

    A pool may have no second connection for what is done meanwhile. Raises `DatabaseUnavailable`.
    """
    if database.connect is None:
        raise ValueError("this database has no connections besides a pool's")
    try:
        connection = await database.connect()
    except AWAY as error:
        raise DatabaseUnavailable(f"the database cannot be reached: {error}") from error
    try:
        try:
            mine = await connection.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", kind, name)
        except AWAY as error:
            raise DatabaseUnavailable(f"the database is away: {error}") from error
        yield mine
    finally:
        connection.terminate()
