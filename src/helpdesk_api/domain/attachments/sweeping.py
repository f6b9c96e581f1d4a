"""Files and rows put in agreement after processes that were killed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import async_sessionmaker

from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.attachments import service as attachments
from helpdesk_api.storage.files import FileStorage
from helpdesk_api.storage.sweep import SweepReport


async def sweep_media(sessions: async_sessionmaker[Session], storage: FileStorage) -> SweepReport:
    """Clear away what killed processes left in the media folder; safe while others work.

    Raises `DatabaseUnavailable`, and OSError where the folder cannot be read or written.
    """

    async def known(paths: Sequence[str]) -> set[str]:
        async with unit_of_work(sessions) as session:
            return await attachments.known_paths(session, paths)

    return await storage.sweep(known)
