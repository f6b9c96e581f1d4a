"""What a worker does beside its requests: clear away what one that was killed before it left in the media folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from helpdesk_api.db.engine import Database
from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.domain.attachments.sweeping import sweep_media
from helpdesk_api.storage.files import FileStorage

_BETWEEN_SECONDS = 5.0
_log = structlog.stdlib.get_logger("helpdesk_api")


@asynccontextmanager
async def sweeping(database: Database, files: FileStorage) -> AsyncIterator[None]:
    """Sweep once, beside whatever happens in the block: a worker may have come for one that died."""
    task = asyncio.create_task(_sweep(database, files), name="media-sweep")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sweep(database: Database, files: FileStorage) -> None:
    while True:
        try:
            report = await sweep_media(database.sessions, files)
        except DatabaseUnavailable:
            await asyncio.sleep(_BETWEEN_SECONDS)
        except OSError as error:
            _log.warning("media folder not swept", reason=str(error))
            return
        else:
            if report.removed or report.kept or report.discarded:
                _log.info(
                    "media folder swept",
                    discarded=report.discarded,
                    removed=len(report.removed),
                    kept=len(report.kept),
                )
            return
