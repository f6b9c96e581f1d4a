"""One moment of the database, and the files that its rows speak of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from helpdesk_api.archive.catalogue import listed, quoted, tables_in_order
from helpdesk_api.archive.errors import ArchiveError
from helpdesk_api.models.stored_paths import STORED_PATHS, StoredPaths
from helpdesk_api.storage.held import HeldFiles

# Files are held within milliseconds after the moment; that a deletion comes in between a hundred times is no accident.
_ATTEMPTS = 100
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file as a row speaks of it; `size` and `sha256` where the row has them."""

    label: str
    path: str
    size: int | None
    sha256: bytes | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A transaction that sees one moment; `missing` are the files whose rows it sees and that are not there."""

    connection: asyncpg.Connection
    tables: dict[str, tuple[str, ...]]
    missing: frozenset[str]

    async def files(self) -> AsyncIterator[NamedFile]:
        """Every file that a row speaks of, in the order of the ids."""
        for named in STORED_PATHS:
            if named.path not in self.tables.get(named.table, ()):
                continue  # an older schema
            async for row in self.connection.cursor(_paths(named), prefetch=_AT_ONCE):
                yield NamedFile(f"{named.table}:{row['id']}:{row['path']}", row["path"], row["size"], row["sha256"])


@asynccontextmanager
async def consistent_snapshot(connection: asyncpg.Connection, held: HeldFiles) -> AsyncIterator[Snapshot]:
    """A moment of the database whose files are all held, while others go on writing and deleting.

    A file is there before its row is and until after its row is gone: the rows of a moment have their files, unless a
    deletion came between the moment and the holding. Then a later moment is taken, which no longer sees that row; files
    held before stay held. A file that was away before a moment that still has its row is truly missing.
    """
    away: frozenset[str] = frozenset()
    for _ in range(_ATTEMPTS):
        async with _moment(connection) as tables:
            snapshot = Snapshot(connection, tables, frozenset())
            now_away = frozenset([file.label async for file in snapshot.files() if not _is_held(held, file)])
            if now_away <= away:
                yield Snapshot(connection, tables, now_away)
                return
        away = now_away
    raise ArchiveError("files are being deleted faster than they can be held: try again at a quieter time")


def _is_held(held: HeldFiles, file: NamedFile) -> bool:
    size = held.hold(file.label, file.path)
    return size is not None and file.size in (None, size)


@asynccontextmanager
async def _moment(connection: asyncpg.Connection) -> AsyncIterator[dict[str, tuple[str, ...]]]:
    tables = await tables_in_order(connection)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        # A migration must not change a table between the moment and its copy. The locks come before the first look.
        if tables:
            await connection.execute(f"LOCK TABLE {listed(tuple(tables))} IN ACCESS SHARE MODE")
        if await tables_in_order(connection) != tables:
            raise ArchiveError("the schema is just being migrated: try again")
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield tables


def _paths(named: StoredPaths) -> str:
    size, sha256 = (quoted(one) if one else "NULL" for one in (named.size, named.sha256))
    path, table = quoted(named.path), quoted(named.table)
    return (
        f"SELECT id, {path} AS path, {size} AS size, {sha256} AS sha256"  # noqa: S608 (names of ours, quoted)
        f" FROM {table} WHERE {path} IS NOT NULL ORDER BY id"
    )
