"""What looking at files and saying headers costs: `python benchmarks/file_checks.py`; see docs/reliability.md."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from databases import postgres
from session import say
from sqlalchemy import text

from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.db.migrations import upgrade_to_head
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.dialects.wire.security_headers import SecurityHeaders
from helpdesk_api.domain.attachments.repository import AttachmentRepository
from helpdesk_api.models import Ticket, User
from helpdesk_api.settings import Settings
from helpdesk_api.storage.clamav import ClamAV
from helpdesk_api.storage.files import LocalFiles
from helpdesk_api.storage.pictures import refuse_false_pictures

MIB = 1024**2
FILES = (1_000, 10_000, 100_000)
ROUNDS = 200_000


async def main() -> None:
    """Measure each and print a line."""
    with tempfile.TemporaryDirectory(prefix="hd-") as folder:
        for size in (1, 1024):
            await upload(Path(folder, f"media{size}"), size * MIB)
        await headers()
        with postgres(Path(folder), None) as url:
            await quota(url)


async def upload(root: Path, size: int) -> None:
    """A file of that size, looked at and shown to a daemon that takes everything: time, memory, the longest stall."""
    # Small enough for any machine; the service reads a body in pieces of this size at most.
    chunk = bytes(64 * 1024)
    async with _scanner() as address:
        files = LocalFiles(root, [refuse_false_pictures, ClamAV(address)])
        before, stalls, started = _memory(), asyncio.create_task(_longest_stall()), time.perf_counter()
        incoming = files.receive("film.mp4", "video/mp4")
        for _ in range(size // len(chunk)):
            await incoming.write(chunk)
        received = time.perf_counter() - started
        await incoming.finish()
        seconds, stalled = time.perf_counter() - started, _end(stalls)
        await incoming.discard()
        await files.close()
    say(
        f"upload of {size // MIB} MiB, scanned: {seconds:.2f} s, {seconds - received:.2f} s of it after the last byte; "
        f"peak memory +{(_memory() - before) / 1024:.0f} MiB; longest stall of the loop {await stalled * 1000:.0f} ms"
    )


async def headers() -> None:
    """What the middleware adds to a request, against an app that does nothing."""

    async def app(_scope: object, _receive: object, send: object) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
        await send(start)  # type: ignore[operator]

    async def send(_message: object) -> None:
        pass

    with_headers = SecurityHeaders(app, Settings(_env_file=None))  # type: ignore[arg-type]
    spent = {}
    for name, one in (("bare", app), ("with", with_headers)):
        started = time.perf_counter()
        for _ in range(ROUNDS):
            await one({"type": "http", "scheme": "http"}, None, send)  # type: ignore[arg-type, operator]
        spent[name] = (time.perf_counter() - started) / ROUNDS * 1e6
    say(f"security headers: {spent['with'] - spent['bare']:.2f} microseconds a request")


async def quota(server_url: str) -> None:
    """What the check of a quota takes for a user who has sent many files."""
    database = open_database(server_url)
    await upgrade_to_head(database.engine)
    async with unit_of_work(database.sessions) as session:
        user = User(username="sender", password_hash="")
        session.add(user)
        await session.flush()
        session.add(Ticket(kind="upload", creator_id=user.id, file_limit=1))
    sent = 0
    for number in FILES:
        async with unit_of_work(database.sessions) as session:
            await _send_files(session, sent, number)
        sent = number
        say(f"quota: {await _check(database) * 1000:.2f} ms for a user with {number} files")
    await database.close()


async def _send_files(session: Session, first: int, last: int) -> None:
    rows = text(
        "INSERT INTO attachments (ticket_id, uploader_id, path, filename, mime_type, size, sha256) "
        "SELECT (SELECT max(id) FROM tickets), (SELECT max(id) FROM users), 'f' || n, 'f', 'text/plain', n, '' "
        "FROM generate_series(CAST(:first AS int) + 1, CAST(:last AS int)) AS n"
    )
    await session.execute(rows, {"first": first, "last": last})


async def _check(database: Database) -> float:
    """The median of many checks, in seconds."""
    spent = []
    for _ in range(101):
        async with unit_of_work(database.sessions) as session:
            user = await session.scalar(text("SELECT max(id) FROM users"))
            started = time.perf_counter()
            files = AttachmentRepository(session)
            await files.lock_files_of(user)
            await files.bytes_sent_by(user)
            spent.append(time.perf_counter() - started)
    return sorted(spent)[50]


@contextlib.asynccontextmanager
async def _scanner() -> AsyncIterator[str]:
    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(b"zINSTREAM\0"))
        while length := int.from_bytes(await reader.readexactly(4)):
            while length:
                length -= len(await reader.read(min(length, 65536)))
        writer.write(b"stream: OK\0")
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _longest_stall() -> float:
    longest = 0.0
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - started - 0.001)
    return longest


def _end(task: asyncio.Task[float]) -> asyncio.Task[float]:
    task.cancel()
    return task


def _memory() -> int:
    """The most memory this process has had so far, in KiB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024 if sys.platform == "darwin" else most


if __name__ == "__main__":
    asyncio.run(main())
