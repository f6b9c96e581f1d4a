"""Services with an embedded PostgreSQL in processes of their own, which tests may kill."""

from __future__ import annotations

import asyncio
import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

# Another user than the test's own may be unable to read Python's library, so all is imported before the change.
_SERVICE = """
import os, signal, sys
from pathlib import Path
from helpdesk_api.db.embedded import EmbeddedPostgres

# A run in the background (nohup, `&` in a script) ignores these, and what it starts inherits that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
data_dir, programs_dir, user = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
try:
    with EmbeddedPostgres(data_dir, programs_dir=programs_dir) as server:
        print(server.url, flush=True)
        signal.pause()
except KeyboardInterrupt:
    pass
"""


@dataclass
class Service:
    """A process that holds an `EmbeddedPostgres`."""

    process: subprocess.Popen[str]
    data_dir: Path
    url: str = ""

    def wait_for_url(self) -> str:
        """Its database URL, once it runs; empty if it failed."""
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        return self.url

    def kill(self) -> None:
        """Kill -9 and wait for the end."""
        self.process.kill()
        self.process.wait()

    def postmaster(self) -> int:
        """The process number of the server."""
        return int((self.data_dir / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])

    def server_pids(self) -> list[int]:
        """Every process that works in the server's folders (Linux); some may end at any moment."""
        home = self.data_dir.resolve() / "postgres"
        found = []
        for process in Path("/proc").iterdir():
            try:
                if process.name.isdigit() and (process / "cwd").readlink().is_relative_to(home):
                    found.append(int(process.name))
            except OSError:
                continue
        return found

    def server_is_alive(self) -> bool:
        """Whether any process of the server holds its lock."""
        with (self.data_dir / "postgres" / "server.lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def server_ends(self) -> bool:
        """Whether the server ends within 20 seconds."""
        return _comes_true(lambda: not self.server_is_alive())


def _comes_true(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.005)
    return False


@pytest.fixture(scope="session")
def comes_true() -> Callable[[Callable[[], bool]], bool]:
    return _comes_true


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    services: list[Service] = []

    def start(
        data_dir: Path = tmp_path / "var",
        *,
        programs_dir: Path = tmp_path / "programs",
        user: int = 0,
        wait: bool = True,
        environment: dict[str, str] | None = None,
    ) -> Service:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVICE, data_dir, programs_dir, str(user)],
            env=os.environ | (environment or {}),
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        service = Service(process, data_dir)
        services.append(service)
        if wait:
            assert service.wait_for_url(), "the service did not start"
        return service

    yield start
    for service in services:
        service.process.terminate()
        service.process.communicate()
    assert [service.server_pids() for service in services if not _comes_true(lambda: not service.server_pids())] == []  # noqa: B023


@pytest.fixture(scope="session")
def run_sql() -> Callable[..., list[tuple[Any, ...]]]:
    """Runs statements, each committed on its own, and gives the rows of the last."""

    async def run(url: str, statements: tuple[str, ...]) -> list[tuple[Any, ...]]:
        engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        rows: list[tuple[Any, ...]] = []
        async with engine.connect() as connection:
            for statement in statements:
                result = await connection.execute(text(statement))
                rows = [tuple(row) for row in result] if result.returns_rows else []
        return rows

    def run_in_thread(url: str, *statements: str) -> list[tuple[Any, ...]]:
        # A thread of its own, so that no test's event loop is touched.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, run(url, statements)).result()

    return run_in_thread


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user of the machine can reach, unlike `tmp_path`."""
    with tempfile.TemporaryDirectory(prefix="hd-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
