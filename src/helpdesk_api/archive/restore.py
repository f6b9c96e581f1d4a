"""Brings an archive back into an empty database and an empty media folder: all of it or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import chain, groupby
from pathlib import Path

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from helpdesk_api.archive.catalogue import listed, next_values, plain_indexes, quoted, tables_in_order
from helpdesk_api.archive.connection import naming_objections
from helpdesk_api.archive.emptiness import require_empty
from helpdesk_api.archive.errors import ArchiveDamaged, ArchiveTooNew
from helpdesk_api.archive.layout import file_path, table_of
from helpdesk_api.archive.manifest import Manifest
from helpdesk_api.archive.reading import Member, open_archive
from helpdesk_api.db.engine import Database
from helpdesk_api.db.migrations import move_schema, schema_turn
from helpdesk_api.db.revisions import head, is_known, schema_revision
from helpdesk_api.storage.returning import ReturningFiles


def require_restorable(manifest: Manifest) -> None:
    """Raise `ArchiveTooNew` for an archive of a schema that this version does not know."""
    if not is_known(manifest.revision):
        raise ArchiveTooNew(
            f"the archive has schema {manifest.revision}, of helpdesk-api {manifest.version}; this one knows"
            f" {head()}: restore it with that version or a newer one"
        )


async def restore(database: Database, media: Path, file: Path, manifest: Manifest) -> None:
    """Restore an archive that was verified, and migrate it to this version's schema.

    Raises `NotEmpty`, `ArchiveTooNew`, `ArchiveDamaged`, `ArchiveError`, `DatabaseUnavailable`, OSError; then, and when
    the process is killed, database and folder are as empty as before (the folder once it was swept).
    """
    require_restorable(manifest)
    async with schema_turn(database.engine) as connection:
        await require_empty(connection, media)
        await _move_to(connection, manifest.revision)
        returning = ReturningFiles(media)
        try:
            await _fill(connection, returning, file, manifest)
        except BaseException:
            await asyncio.to_thread(returning.remove)
            raise
        await asyncio.to_thread(returning.keep)
        await move_schema(connection, "head")
        with naming_objections():
            await (await _driver(connection)).execute("ANALYZE")


async def _move_to(connection: AsyncConnection, revision: str) -> None:
    """The archive's own schema. The database is empty: on the way back nothing is lost."""
    await move_schema(connection, revision)
    async with connection.begin():
        now = await schema_revision(connection)
    if now != revision:
        await move_schema(connection, revision, back=True)


async def _driver(connection: AsyncConnection) -> asyncpg.Connection:
    raw = await connection.get_raw_connection()
    return raw.driver_connection


async def _fill(connection: AsyncConnection, returning: ReturningFiles, file: Path, manifest: Manifest) -> None:
    driver = await _driver(connection)
    with naming_objections(), open_archive(file) as members:
        await _require_same_schema(driver, manifest)
        # Files first, as always: the transaction that brings their rows begins when they are there.
        others = await asyncio.to_thread(_put_files_back, members, returning)
        async with driver.transaction():
            await _fill_tables(driver, others, manifest)


async def _require_same_schema(driver: asyncpg.Connection, manifest: Manifest) -> None:
    # From here on only names that the database itself has reach SQL.
    if await tables_in_order(driver) != {name: table.columns for name, table in manifest.tables.items()}:
        raise ArchiveDamaged("its tables are not those of its schema")
    if (await next_values(driver)).keys() != manifest.sequences.keys():
        raise ArchiveDamaged("its sequences are not those of its schema")


def _put_files_back(members: Iterator[Member], returning: ReturningFiles) -> Iterator[Member]:
    """Write the files, which come first; what follows them."""
    for member in members:
        path = file_path(member.name)
        if path is None:
            returning.flush()
            return chain([member], members)
        try:
            returning.add(path, member.size, member.pieces(), member.changed)
        except ValueError as error:
            raise ArchiveDamaged(str(error)) from error
    returning.flush()
    return members


async def _fill_tables(driver: asyncpg.Connection, members: Iterator[Member], manifest: Manifest) -> None:
    tables = tuple(manifest.tables)
    # What the migrations put there to start with is in the archive too, as it was.
    await driver.execute(f"TRUNCATE {listed(tables)}")
    for table in tables:
        # The rows that triggers would write are in the archive.
        await driver.execute(f"ALTER TABLE {quoted(table)} DISABLE TRIGGER USER")
    indexes = await plain_indexes(driver)
    # Sorted once at the end, an index costs a fraction of what it costs row by row.
    await driver.execute("".join(f"DROP INDEX {quoted(name)};" for name in indexes))
    rows = dict.fromkeys(tables, 0)
    for name, parts in groupby(members, key=lambda member: table_of(member.name)):
        if name is not None:
            rows[name] = await _copy(driver, name, manifest.tables[name].columns, parts)
    if rows != {name: table.rows for name, table in manifest.tables.items()}:
        raise ArchiveDamaged("its rows are not those that its manifest counts")
    for definition in indexes.values():
        await driver.execute(definition)
    for table in tables:
        await driver.execute(f"ALTER TABLE {quoted(table)} ENABLE TRIGGER USER")
    for sequence, value in manifest.sequences.items():
        await driver.execute(f"ALTER SEQUENCE {quoted(sequence)} RESTART WITH {value:d}")


async def _copy(driver: asyncpg.Connection, table: str, columns: Sequence[str], parts: Iterator[Member]) -> int:
    async def rows() -> AsyncIterator[bytes]:
        for part in parts:
            for piece in part.rows():
                yield piece

    done: str = await driver.copy_to_table(table, source=rows(), columns=columns, format="text")
    return int(done.removeprefix("COPY "))
