"""Mixed load over all three dialects for minutes: nothing fails and nothing grows. `python benchmarks/soak.py`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import asyncpg
import processes
from errands import Errands
from servers import Server, our_service

from helpdesk_api.db.embedded_address import database_url
from helpdesk_api.db.embedded_database import DATABASE

WORKERS = 2
POOL = 5
# More than a worker has connections, so that every pool is full before the first look.
CLIENTS = 24
GROWTH = 0.05
_BETWEEN_SECONDS = 5.0
_CALM_SECONDS = 5.0
_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'helpdesk-api'"
_IN_TRANSACTION = _CONNECTIONS + " AND state LIKE 'idle in transaction%'"


@dataclass(frozen=True, slots=True)
class Look:
    """The service at one moment."""

    minutes: float
    requests: int
    mib: float
    files: int
    connections: int
    in_transaction: int

    def row(self) -> str:
        """A line of the table."""
        return (
            f"| {self.minutes:5.1f} | {self.requests:8d} | {self.mib:6.1f} | {self.files:5d} | {self.connections:5d}"
            f" | {self.in_transaction:3d} |"
        )


HEAD = "| min   | requests | MiB    | files | conn. | tx  |\n|------:|---------:|-------:|------:|------:|----:|"


class Soak:
    """A run over a service of two workers with a PostgreSQL of its own."""

    def __init__(self, server: Server, folder: Path, minutes: float) -> None:
        self._server = server
        self._database = database_url(folder / "postgres" / "data", DATABASE).replace("+asyncpg", "")
        self._seconds = minutes * 60
        self._began = time.monotonic()
        self._errands = Errands(f"http://127.0.0.1:{server.port}", CLIENTS)

    async def run(self) -> list[str]:
        """What was found wrong; prints a line every so often."""
        await self._errands.prepare()
        say(HEAD)
        # The first third fills pools, caches and the allocator's arenas.
        await self._load(self._seconds / 3)
        calm_before = await self._calm()
        under_load = await self._load(self._seconds * 2 / 3)
        calm_after = await self._calm()
        await self._errands.close()
        return [*self._errands.wrong[:20], *_growth(under_load), *_leaks(calm_before, calm_after)]

    async def _load(self, seconds: float) -> list[Look]:
        end = time.monotonic() + seconds
        looks = []
        async with self._errands.running():
            while (left := end - time.monotonic()) > 0:
                await asyncio.sleep(min(_BETWEEN_SECONDS, left))
                looks.append(await self._look())
                if len(looks) % 6 == 1:
                    say(looks[-1].row())
        return looks

    async def _calm(self) -> Look:
        """The service with nothing to do: what it holds now, it keeps."""
        await asyncio.sleep(_CALM_SECONDS)
        look = await self._look()
        say(look.row() + " calm")
        return look

    async def _look(self) -> Look:
        connection = await asyncpg.connect(self._database)
        try:
            connections = await connection.fetchval(_CONNECTIONS)
            in_transaction = await connection.fetchval(_IN_TRANSACTION)
        finally:
            await connection.close()
        workers = self._server.workers
        return Look(
            minutes=(time.monotonic() - self._began) / 60,
            requests=self._errands.done,
            mib=sum(processes.resident_mib(pid) for pid in workers),
            files=sum(processes.open_files(pid) for pid in workers),
            connections=connections,
            in_transaction=in_transaction,
        )


def _growth(looks: list[Look]) -> list[str]:
    """Whether the memory of the last fifth is more than that of the first, by more than it may be."""
    fifth = max(1, len(looks) // 5)
    first, last = median(look.mib for look in looks[:fifth]), median(look.mib for look in looks[-fifth:])
    say(f"\nMemory after warm-up {first:.1f} MiB, at the end {last:.1f} MiB: {last / first - 1:+.1%}")
    return [f"memory grew by {last / first - 1:.1%}"] if last > first * (1 + GROWTH) else []


def _leaks(before: Look, after: Look) -> list[str]:
    found = []
    if after.files > before.files:
        found.append(f"open files grew from {before.files} to {after.files}")
    if after.connections > before.connections:
        found.append(f"connections grew from {before.connections} to {after.connections}")
    if after.in_transaction:
        found.append(f"{after.in_transaction} connections are left in a transaction")
    return found


def say(line: str) -> None:
    """A line of the report."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """1 when anything failed or grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    minutes: float = parser.parse_args().minutes
    with tempfile.TemporaryDirectory(prefix="hd-") as name:
        folder = Path(name)
        with our_service(folder, None, 0, WORKERS, POOL) as server:
            wrong = asyncio.run(Soak(server, folder, minutes).run())
            error = server.last_error()
        if error:
            wrong.append(f"the service logged an error{error}")
    say("\n".join(f"WRONG: {one}" for one in wrong) or "Nothing failed, nothing grew.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
