"""Whether there is nothing yet where an archive is to be restored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from helpdesk_api.archive.errors import NotEmpty
from helpdesk_api.db.revisions import schema_revision
from helpdesk_api.storage.files import LocalFiles
from helpdesk_api.storage.inventory import files_under_way, published_files

# Whatever else there is belongs to somebody or tells of something.
_TELLING = ("users", "tickets", "events")
_TABLES = text(
    "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r','p')"
)


async def require_empty(connection: AsyncConnection, media: Path) -> None:
    """Raise `NotEmpty` unless there are no accounts, no tickets, no tables of others and no files.

    What a restore that was killed has left in the media folder is cleared away.
    """
    async with connection.begin():
        await _require_no_rows(connection)
    # Only what is noted in the journal is cleared away; with a single file besides, the folder is somebody's.
    await asyncio.to_thread(_require_no_files, media, files_under_way(media))
    await _clear(media)
    await asyncio.to_thread(_require_no_files, media, set())


async def _require_no_rows(connection: AsyncConnection) -> None:
    if await schema_revision(connection) is None:
        if (await connection.scalars(_TABLES)).all():
            raise NotEmpty("the database has tables that are not helpdesk-api's: name an empty one")
        return
    for table in _TELLING:
        if await connection.scalar(text(f"SELECT EXISTS (SELECT FROM {table})")):  # noqa: S608 (names of ours)
            raise NotEmpty(f"the database is not empty: there are {table}. An archive is restored into a new one")


def _require_no_files(media: Path, but: set[str]) -> None:
    for path in published_files(media):
        if path not in but:
            raise NotEmpty(f"the media folder {media} is not empty: there is {path}")


async def _clear(media: Path) -> None:
    async def nothing(_paths: Sequence[str]) -> set[str]:
        return set()

    files = LocalFiles(media)
    try:
        await files.sweep(nothing)
    finally:
        await files.close()
