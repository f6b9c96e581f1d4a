"""Sequences and indexes: what no row tells, and what a broken migration or a load by hand leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.doctor.clinic import Clinic
from helpdesk_api.domain.doctor.findings import Finding

_OWNED = text(
    """
    SELECT t.relname AS "table", a.attname AS "column", s.relname AS sequence
    FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass
                                    AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE s.relkind = 'S' AND s.relnamespace = current_schema()::regnamespace ORDER BY t.relname
    """
)
_INVALID = text(
    """
    SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace
      AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid) ORDER BY 1
    """
)


class Sequences:
    """Sequences that would give an id again."""

    name = "sequences"

    async def find(self, clinic: Clinic) -> Sequence[Finding]:
        """Those that are behind the highest id."""
        session = clinic.database.read_sessions()
        return [
            Finding(f"{owned.table}.{owned.column}", f"would give {following} next, and there is {highest} already")
            for owned, following, highest in await _behind(session)
        ]

    async def mend(self, clinic: Clinic) -> None:
        """Let them go on after the highest id, while nobody writes to the table."""
        async with unit_of_work(clinic.database.sessions) as session:
            for owned, _, _ in await _behind(session):
                await session.execute(text(f'LOCK TABLE "{owned.table}" IN SHARE ROW EXCLUSIVE MODE'))
                highest = f'SELECT max("{owned.column}") FROM "{owned.table}"'  # noqa: S608 (as below)
                await session.execute(text(f"SELECT setval('\"{owned.sequence}\"', ({highest}))"))


async def _behind(session: Session) -> list[tuple[Any, int, int]]:
    """Sequences that are behind, each with its next value and the highest that is there."""
    found = []
    for owned in (await session.execute(_OWNED)).all():
        # Names that the database itself gave. The highest id first: meanwhile the sequence may only go on.
        highest = await session.scalar(text(f'SELECT max("{owned.column}") FROM "{owned.table}"'))  # noqa: S608
        following = await session.scalar(text(f'SELECT last_value + is_called::int FROM "{owned.sequence}"'))  # noqa: S608
        if highest is not None and following <= highest:
            found.append((owned, following, highest))
    return found


class Indexes:
    """Indexes that PostgreSQL does not use: building them was interrupted."""

    name = "indexes"

    async def find(self, clinic: Clinic) -> Sequence[Finding]:
        """Those that are not valid and not being built."""
        return [Finding(name, "is not usable, and slows writing") for name in await _invalid(clinic.database)]

    async def mend(self, clinic: Clinic) -> None:
        """Build them anew, while others write."""
        engine = clinic.database.engine.execution_options(isolation_level="AUTOCOMMIT")
        for name in await _invalid(clinic.database):
            async with engine.connect() as connection:
                await connection.execute(text(f'REINDEX INDEX CONCURRENTLY "{name}"'))


async def _invalid(database: Database) -> Sequence[str]:
    session = database.read_sessions()
    return (await session.scalars(_INVALID)).all()


SEQUENCES = Sequences()
INDEXES = Indexes()
