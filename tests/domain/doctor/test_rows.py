"""Rows held against their files while others delete both."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from sqlalchemy import text

from clients import client_over
from full_desk import fill
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.doctor.clinic import Clinic
from helpdesk_api.domain.doctor.findings import Finding
from helpdesk_api.domain.doctor.rows import ROWS_WITHOUT_FILES
from helpdesk_api.settings import Settings
from helpdesk_api.storage.files import LocalFiles

MINE = "upload/requester/日本語.txt"


class Beaten(LocalFiles):
    """When it comes for a file, somebody else has just deleted it: the row first, then the file."""

    def __init__(self, root: Path, url: str) -> None:
        super().__init__(root)
        self._media = root
        self._url = url

    def locate(self, path: str) -> Path | None:
        """As if a deletion had been committed, and finished, in between."""
        if path == MINE and (self._media / path).exists():
            deleting = threading.Thread(target=lambda: asyncio.run(self._delete()))
            deleting.start()
            deleting.join()
            (self._media / path).unlink()
        return super().locate(path)

    async def _delete(self) -> None:
        other = open_database(self._url)
        async with unit_of_work(other.sessions) as session:
            await session.execute(text("DELETE FROM attachments WHERE path = :path"), {"path": MINE})
        await other.close()


async def test_a_file_that_is_being_deleted_is_not_missing(empty_database: Database, settings: Settings) -> None:
    async with client_over(settings, empty_database) as client:
        await fill(client, empty_database)
    url = empty_database.engine.url.render_as_string(hide_password=False)
    storage = Beaten(settings.media_dir, url)
    found: list[Finding] = list(await ROWS_WITHOUT_FILES.find(Clinic(empty_database, storage, settings.media_dir)))
    await storage.close()
    assert (found, (settings.media_dir / MINE).exists()) == ([], False)
