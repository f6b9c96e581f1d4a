"""A service that is made to suffer, over an embedded or an outside PostgreSQL, and a desk at work meanwhile."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from fault_aftermath import AGREED, disagreements, lost
from helpdesk_api.db.embedded_address import database_url
from helpdesk_api.db.embedded_database import DATABASE
from live_service import LiveService, start_service, wait_until, wait_until_ready
from outside_postgres import OutsidePostgres, family
from write_stream import Desk, Ledger, streaming

PASSWORD = "the-faults-are-ours"


@dataclass
class Sufferer:
    """A service whose processes and database tests kill, hang and starve; started again on the same port."""

    folder: Path
    port: int
    workers: int
    postgres: OutsidePostgres | None
    environment: dict[str, str]
    ledger: Ledger = field(default_factory=Ledger)
    service: LiveService = field(init=False)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it listens, each time."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> str:
        """Its database, as asyncpg is told."""
        if self.postgres is not None:
            return self.postgres.url
        return database_url(self.folder / "var" / "postgres" / "data", DATABASE).replace("+asyncpg", "")

    async def start(self) -> None:
        """Start it, and return when it serves."""
        options = ("--port", str(self.port), "--workers", str(self.workers))
        self.service = start_service(self.folder, self.environment, *options)
        await asyncio.to_thread(wait_until_ready, self.service)

    async def stop(self) -> None:
        """End it in good order."""
        self.service.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(self.service.process.wait, 40) == 0, self.service.log

    async def kill(self) -> None:
        """Kill -9 the process that people start; its workers and its database follow by themselves."""
        self.service.process.kill()
        await asyncio.to_thread(self.service.process.wait)

    def worker_processes(self) -> list[int]:
        """The processes that answer."""
        pids = family(self.service.process.pid)[1:]
        return [pid for pid in pids if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def postmaster(self) -> int:
        """The first process of the embedded server."""
        return int((self.folder / "var/postgres/data/postmaster.pid").read_text().splitlines()[0])

    async def ready_again(self, seconds: float = 30) -> None:
        """Return when it says that it is ready, without anybody's help."""

        def is_ready() -> bool:
            try:
                return httpx.get(f"{self.url}/readyz", timeout=10).status_code == 200
            except httpx.TransportError:
                return False

        await asyncio.to_thread(wait_until, is_ready, f"not ready again: {self.service.log[-2000:]}", seconds)

    async def sign_in(self) -> dict[str, str]:
        """Headers with a token of the admin's."""
        if not self.headers:
            credentials = {"username": "admin", "password": PASSWORD}
            answer = await asyncio.to_thread(httpx.post, f"{self.url}/api-token-auth/", json=credentials)
            self.headers = {"Authorization": f"Token {answer.json()['token']}"}
        return self.headers

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Desk]:
        """A desk whose stream of writes runs while the block does."""
        desk = Desk(self.url, await self.sign_in(), self.ledger)
        async with desk.client:
            await desk.prepare()
            async with streaming(desk):
                yield desk

    async def has_started_workers(self, number: int) -> None:
        """Return once so many workers have begun to serve, the first two among them."""

        def have_started() -> bool:
            return self.service.log.count("Application startup complete") >= number

        await asyncio.to_thread(wait_until, have_started, f"fewer than {number} workers started")

    async def assert_nothing_is_lost(self, least: int, patience: float = 0) -> None:
        """Every acknowledged write is there, at least so many, and rows, files and counters agree, or soon do."""
        assert not self.ledger.wrong, self.ledger.wrong
        assert self.ledger.acknowledged >= least, self.ledger
        async with httpx.AsyncClient(base_url=self.url, headers=self.headers, timeout=30) as client:
            missing = await lost(client, self.ledger)
        assert not missing, missing
        deadline = time.monotonic() + patience
        while (found := await disagreements(self.database, self.service.media)) != AGREED:
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.2)
