"""Times and memory of backup, restore and doctor: `python benchmarks/care.py --tickets 100000 --media-mib 1024`.

Everything is in a temporary folder: an instance with the embedded PostgreSQL is filled, backed up, looked through, and
restored into another one. Each command runs as people run it; its memory is the peak of its own process.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
from seed import seed
from sqlalchemy.engine import make_url

from helpdesk_api.db.embedded import EmbeddedPostgres
from helpdesk_api.db.engine import open_database
from helpdesk_api.db.migrations import upgrade_to_head

_PROGRAM = Path(sys.executable).with_name("helpdesk-api")
_MIB = 1024 * 1024


async def fill(url: str, media: Path, tickets: int, size: int) -> int:
    """Rows by COPY, and a file of random bytes for each row of a file; how many files."""
    database = open_database(url)
    await upgrade_to_head(database.engine)
    await database.close()
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    await seed(plain, tickets)
    connection = await asyncpg.connect(plain)
    try:
        return await _write_files(connection, media, size)
    finally:
        await connection.close()


async def _write_files(connection: asyncpg.Connection, media: Path, total: int) -> int:
    files = await connection.fetch("SELECT id, path FROM attachments ORDER BY id")
    each = total // len(files)
    values = []
    for row in files:
        content = os.urandom(each)
        path = media / row["path"]
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        values.append((row["id"], each, hashlib.sha256(content).digest()))
    await connection.executemany("UPDATE attachments SET size = $2, sha256 = $3 WHERE id = $1", values)
    # What seeding counts in its own way.
    await connection.execute(
        "UPDATE users SET total_posts = (SELECT count(*) FROM tickets WHERE creator_id = users.id AND kind = 'support')"
        " + (SELECT count(*) FROM followups WHERE author_id = users.id AND NOT is_opening AND comment <> '')"
    )
    await connection.execute("VACUUM ANALYZE")
    return len(files)


def timed(data: Path, *arguments: str) -> str:
    """Run a command; how long it took and how much memory it had at most."""
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        [_PROGRAM, *arguments], env={**os.environ, "HELPDESK_DATA_DIR": str(data)}, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    took = time.perf_counter() - began
    outcome = "" if process.returncode == 0 else f" (exit code {process.returncode})"
    return f"{' '.join(arguments):<28}{took:8.1f} s {usage.ru_maxrss // 1024:6} MiB{outcome}"


def main() -> None:
    """Fill, back up, look through, restore, look through."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--media-mib", type=int, default=1024)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hd-care-") as name:
        folder = Path(name)
        before, after, archive = folder / "a", folder / "b", folder / "x.tar"
        with EmbeddedPostgres(before) as server:
            count = asyncio.run(fill(server.url, before / "media", options.tickets, options.media_mib * _MIB))
        sys.stdout.write(f"{options.tickets} tickets, {count} files, {options.media_mib} MiB\n")
        runs = [(before, "backup", str(archive)), (before, "doctor"), (before, "doctor", "--read-files")]
        runs += [(after, "restore", "--check", str(archive)), (after, "restore", str(archive)), (after, "doctor")]
        for data, *arguments in runs:
            line = timed(data, *arguments).replace(f"{folder}/", "")
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        sys.stdout.write(f"archive {archive.stat().st_size / _MIB:.0f} MiB\n")


if __name__ == "__main__":
    main()
