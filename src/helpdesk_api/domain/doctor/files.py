"""Files held against the rows that name them, and what killed processes left."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from helpdesk_api.domain import stored_files
from helpdesk_api.domain.attachments.sweeping import sweep_media
from helpdesk_api.domain.doctor.clinic import Clinic
from helpdesk_api.domain.doctor.findings import Finding
from helpdesk_api.storage.folders import components
from helpdesk_api.storage.inventory import files_under_way, published_files, put_aside, unfinished_entries

_AT_ONCE = 1000


class UnfinishedTransfers:
    """Entries of the journal whose process has ended; the next start of the service sweeps them too."""

    name = "unfinished transfers"

    async def find(self, clinic: Clinic) -> Sequence[Finding]:
        """How many there are, if any."""
        left = await asyncio.to_thread(unfinished_entries, clinic.media)
        return [Finding("media folder", f"{left} left by processes that were killed")] if left else []

    async def mend(self, clinic: Clinic) -> None:
        """Sweep: remove what has no row, keep what has one."""
        await sweep_media(clinic.database.sessions, clinic.storage)


class FilesWithoutRows:
    """Published files that no row names."""

    name = "files without rows"

    async def find(self, clinic: Clinic) -> Sequence[Finding]:
        """Those that are nobody's, and not about to become or cease to be somebody's."""
        return [Finding(_shown(path), "no row names it", _advice(path)) for path in await self._orphans(clinic)]

    async def mend(self, clinic: Clinic) -> None:
        """Put them aside, below `ASIDE`: they may be all that is left of something."""
        for path in await self._orphans(clinic):
            with suppress(OSError):  # it is found again, and said
                await asyncio.to_thread(put_aside, clinic.media, path)

    async def _orphans(self, clinic: Clinic) -> list[str]:
        found: list[str] = []
        files = published_files(clinic.media)
        while paths := await asyncio.to_thread(_take, files):
            found += await self._without_rows(clinic, paths)
        return found

    async def _without_rows(self, clinic: Clinic, paths: Sequence[str]) -> list[str]:
        # In this order. A file that was there and is not noted has its row committed, or gone: then it goes next.
        under_way = await asyncio.to_thread(files_under_way, clinic.media)
        asked = [path for path in paths if components(path) is not None]
        session = clinic.database.read_sessions()
        known = await stored_files.named_paths(session, asked)
        return [
            path for path in paths if path not in known and path not in under_way and (clinic.media / path).is_file()
        ]


def _take(files: Iterator[str]) -> list[str]:
    return list(islice(files, _AT_ONCE))


def _shown(path: str) -> str:
    return path.encode(errors="backslashreplace").decode()


def _advice(path: str) -> str | None:
    return None if components(path) is not None else "no service made it: move it away yourself"


UNFINISHED_TRANSFERS = UnfinishedTransfers()
FILES_WITHOUT_ROWS = FilesWithoutRows()
