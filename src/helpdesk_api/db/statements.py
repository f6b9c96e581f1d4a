"""Hot statements: SQL compiled once and run on asyncpg itself, as a prepared statement.

Building and compiling a `select()` and going through a session costs more than most queries; here that is done at
import. The rows are asyncpg records: plain values by column name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from asyncpg import Connection, Record
from sqlalchemy import Select, TextClause, literal_column
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from helpdesk_api.db.driver_errors import AWAY
from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.db.session import LazySession, ReadSession, Session


def json_value(value: Any) -> Any:
    """What a JSON column holds: asyncpg gives its text, a connection lent by SQLAlchemy has it read already."""
    if value == "{}":  # these two are by far the most frequent
        return {}
    if value == "[]":
        return []
    return json.loads(value) if isinstance(value, str) else value


def written_out(values: Iterable[int | str]) -> list[Any]:
    """Numbers and words of our own, sorted, as SQL: for bound ones PostgreSQL would not see which index fits."""
    return [literal_column(f"'{value}'" if isinstance(value, str) else str(int(value))) for value in sorted(values)]


class Statement:
    """A select, or several statements in one `WITH`, whose parameters are `bindparam`s."""

    def __init__(self, clause: Select[*tuple[Any, ...]] | TextClause) -> None:
        compiled = clause.compile(dialect=dialect())  # type: ignore[no-untyped-call]
        self.sql = str(compiled)
        self._clause = clause
        self._names: Sequence[str] = compiled.positiontup or ()
        self._fixed = compiled.params

    async def all(self, session: Session, **parameters: Any) -> list[Record]:
        """Every row: inside the session's transaction once that has begun, else on a connection of its own.

        Raises `DatabaseUnavailable`.
        """
        values = self._values(parameters)
        if isinstance(session, ReadSession) or (isinstance(session, LazySession) and not session.is_made):
            return await session.hot_connections.read(self.sql, values)
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

    async def change(self, session: Session, **parameters: Any) -> Sequence[Sequence[Any]]:
        """Every row of a statement that changes something.

        It is a part of the session's unit of work; the first thing in one that may be of one step is a transaction of
        its own, stored when this returns: a single statement needs no BEGIN and no COMMIT. Raises
        `DatabaseUnavailable` and `ConstraintViolated`.
        """
        if isinstance(session, LazySession) and session.one_step and not session.is_made:
            return await session.hot_connections.write(self.sql, self._values(parameters))
        return (await session.execute(self._clause, parameters)).all()

    def _values(self, parameters: Mapping[str, Any]) -> list[Any]:
        return [parameters[name] if name in parameters else self._fixed[name] for name in self._names]
