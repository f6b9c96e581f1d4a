"""Hot reads: a SQLAlchemy select compiled once and run on asyncpg itself, as a prepared statement.

Building and compiling a `select()` and going through a session costs more than most queries; here that is done at
import. The rows are asyncpg records: plain values by column name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asyncpg import Connection, Record
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.db.hot_reads import AWAY, HotReads
from helpdesk_api.db.session import Session

# Where a read session finds the connections for hot reads (`engine.database_over`).
HOT_READS = "hot_reads"


class Statement:
    """A select whose parameters are `bindparam`s."""

    def __init__(self, select: Select[Any]) -> None:
        compiled = select.compile(dialect=dialect())  # type: ignore[no-untyped-call]
        self.sql = str(compiled)
        self._names: Sequence[str] = compiled.positiontup or ()
        self._fixed = compiled.params

    async def all(self, session: Session, **parameters: Any) -> list[Record]:
        """Every row: on a connection of its own for a read session, else inside the session's transaction.

        Raises `DatabaseUnavailable`.
        """
        values = [parameters[name] if name in parameters else self._fixed[name] for name in self._names]
        hot: HotReads | None = session.info.get(HOT_READS)
        if hot is not None:
            return await hot.fetch(self.sql, values)
        await session.flush()  # as the session's own reads do
        raw = await (await session.connection()).get_raw_connection()
        driver: Connection = raw.driver_connection
        try:
            rows: list[Record] = await driver.fetch(self.sql, *values)
        except AWAY as error:
            raise DatabaseUnavailable(f"the database is away: {error}") from error
        return rows

    async def first(self, session: Session, **parameters: Any) -> Record | None:
        """The first row, if there is one; the select should ask for no more."""
        rows = await self.all(session, **parameters)
        return rows[0] if rows else None
