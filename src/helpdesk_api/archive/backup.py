"""Takes a backup: the rows of one moment and their files, while the service runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from helpdesk_api import __version__
from helpdesk_api.archive.catalogue import listed, next_values, quoted
from helpdesk_api.archive.connection import driver_connection
from helpdesk_api.archive.errors import ArchiveError
from helpdesk_api.archive.manifest import FORMAT, Manifest, TableContent
from helpdesk_api.archive.snapshot import NamedFile, Snapshot, consistent_snapshot
from helpdesk_api.archive.writing import ArchiveWriter, Output
from helpdesk_api.db.engine import Database
from helpdesk_api.db.revisions import known_revision
from helpdesk_api.storage.held import HeldFiles


async def take_backup(database: Database, media: Path, output: Output) -> Manifest:
    """Write everything that is in the database and the media folder at one moment; what was written.

    Nobody is kept from writing meanwhile. Raises `ArchiveError`, `SchemaMismatch`, `DatabaseUnavailable`, OSError.
    """
    revision = await known_revision(database.engine)
    if revision is None:
        raise ArchiveError("there is nothing to back up: the database has no schema yet")
    async with _saving(database, media) as snapshot_and_held:
        snapshot, held = snapshot_and_held
        with ArchiveWriter(output) as archive:
            return await _write(snapshot, held, archive, revision)


@asynccontextmanager
async def _saving(database: Database, media: Path) -> AsyncIterator[tuple[Snapshot, HeldFiles]]:
    with HeldFiles(media) as held:
        async with driver_connection(database) as connection, consistent_snapshot(connection, held) as snapshot:
            yield snapshot, held


async def _write(snapshot: Snapshot, held: HeldFiles, archive: ArchiveWriter, revision: str) -> Manifest:
    files = _Files(held, archive)
    async for file in snapshot.files():
        files.add(file, missing=file.label in snapshot.missing)
    tables = {
        table: TableContent(columns, await _copy(snapshot.connection, archive, table, columns))
        for table, columns in snapshot.tables.items()
    }
    manifest = Manifest(
        format=FORMAT,
        version=__version__,
        revision=revision,
        taken_at=datetime.now(UTC),
        tables=tables,
        sequences=await next_values(snapshot.connection),
        files=files.count,
        file_bytes=files.size,
        problems=tuple(files.problems),
    )
    archive.finish(manifest)
    return manifest


class _Files:
    """Copies files that are held, and counts them."""

    def __init__(self, held: HeldFiles, archive: ArchiveWriter) -> None:
        self._held = held
        self._archive = archive
        self.count = self.size = 0
        self.problems: list[str] = []

    def add(self, file: NamedFile, *, missing: bool) -> None:
        """Copy one file; one that is not there, or not as its row says, is a problem, but no reason to save nothing."""
        size = self._held.hold(file.label, file.path)
        if size is None:
            self.problems.append(f"{file.path}: there is no such file")
            return
        with self._held.open(file.label) as content:
            digest = self._archive.add_file(file.path, size, content)
        if missing or file.sha256 not in (None, digest):
            self.problems.append(f"{file.path}: its content is not what was uploaded")
        self._held.release(file.label)
        self.count += 1
        self.size += size


async def _copy(connection: asyncpg.Connection, archive: ArchiveWriter, table: str, columns: tuple[str, ...]) -> int:
    rows = archive.table(table)
    query = f"SELECT {listed(columns)} FROM {quoted(table)}"  # noqa: S608 (quoted)
    done: str = await connection.copy_from_query(query, output=rows.write, format="text")
    rows.end()
    return int(done.removeprefix("COPY "))
