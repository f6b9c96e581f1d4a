"""A connection of the driver's own, for COPY, and its errors in a line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg

from helpdesk_api.archive.errors import ArchiveError
from helpdesk_api.db.engine import Database


@asynccontextmanager
async def driver_connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection that no transaction has begun on. Raises `ArchiveError` for what the database objects to."""
    async with database.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        with naming_objections():
            yield raw.driver_connection


@contextmanager
def naming_objections() -> Iterator[None]:
    """Raise `ArchiveError` for what the database or the driver objects to."""
    try:
        yield
    # Not all of `driver_errors.CUT`: a pipe that breaks while a backup goes to standard output is not the database's.
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise ArchiveError(f"the database says: {error}") from error
