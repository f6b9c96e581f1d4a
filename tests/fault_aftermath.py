"""Whether anything acknowledged was lost, and whether rows, files and counters agree."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from helpdesk_api.db.engine import open_database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.users.totals import Recount, recount_posts
from write_stream import Ledger

# Seconds in which a machine that is kept busy by other tests comes to rest.
_PATIENCE = 10
WRONG_PLACES = """
    SELECT id, file_count FROM tickets
    WHERE kind = 'upload' AND file_count <> (SELECT count(*) FROM attachments WHERE ticket_id = tickets.id)
"""


async def lost(client: httpx.AsyncClient, ledger: Ledger) -> list[str]:
    """The acknowledged writes that are not there, or not as they were sent: texts as JSON, files byte for byte."""
    at_once = asyncio.Semaphore(8)

    async def look(path: str, expected: Any) -> str | None:
        async with at_once:
            answer = await _asked(client, path)
        if answer.status_code != 200:
            return f"{path}: {answer.status_code}"
        if isinstance(expected, str):
            return None if hashlib.sha256(answer.content).hexdigest() == expected else f"{path}: other bytes"
        shown = answer.json()
        found = {name: shown.get(name) for name in expected}
        return None if found == expected else f"{path}: {found}"

    answers = await asyncio.gather(*(look(*one) for one in (*ledger.shown.items(), *ledger.files.items())))
    return [answer for answer in answers if answer is not None]


async def _asked(client: httpx.AsyncClient, path: str) -> httpx.Response:
    """The answer, once it is more than that the database is busy: nothing is lost by that."""
    for _ in range(_PATIENCE * 10):
        answer = await client.get(path)
        if answer.status_code != 503:
            break
        await asyncio.sleep(0.1)
    return answer


async def disagreements(database_url: str, media: Path) -> dict[str, list[Any]]:
    """Rows without their file, files without a row, temporary names left over, counters that are wrong."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT path, size, sha256 FROM attachments")
        places = await connection.fetch(WRONG_PLACES)
    finally:
        await connection.close()
    known = {row["path"]: (row["size"], row["sha256"]) for row in rows}
    stored = await asyncio.to_thread(_stored, media)
    return {
        "rows without their file": [path for path, what in known.items() if stored.get(path) != what],
        "files without a row": [path for path in stored if path not in known and not path.startswith(".")],
        "left over": [path for path in stored if path.startswith(".")],
        "wrong places": [tuple(row) for row in places],
        "wrong posts": await _wrong_posts(database_url),
    }


async def _wrong_posts(database_url: str) -> list[Recount]:
    database = open_database(database_url.replace("postgresql:", "postgresql+asyncpg:"), pool_size=1)
    try:
        async with unit_of_work(database.sessions) as session:
            return list(await recount_posts(session))
    finally:
        await database.close()


def _stored(media: Path) -> dict[str, tuple[int, bytes]]:
    found = {}
    for path in media.rglob("*"):
        if path.suffix != ".lock" and (path.is_symlink() or path.is_file()):
            content = b"" if path.is_symlink() else path.read_bytes()
            found[str(path.relative_to(media))] = (len(content), hashlib.sha256(content).digest())
    return found


AGREED: dict[str, list[Any]] = {
    "rows without their file": [],
    "files without a row": [],
    "left over": [],
    "wrong places": [],
    "wrong posts": [],
}
