"""A service with its database, for a test to kill, hang and starve."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest

from live_service import PROGRAM
from outside_postgres import OutsidePostgres, require_programs, running
from suffering import PASSWORD, Sufferer

RecordProperty = Callable[[str, object], None]


@pytest.fixture
def fault_folder() -> Iterator[Path]:
    """A folder with a short name, which PostgreSQL's account may enter."""
    with public_folder() as folder:
        yield folder


@contextmanager
def public_folder() -> Iterator[Path]:
    """A folder with a short name, which PostgreSQL's account may enter."""
    with tempfile.TemporaryDirectory(prefix="hd-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="session")
def migrated_cluster() -> Iterator[OutsidePostgres]:
    """A stopped cluster with the whole schema, for every test to copy."""
    require_programs()
    with public_folder() as folder:
        server = OutsidePostgres(folder)
        server.create()
        with running(server):
            clean = {name: value for name, value in os.environ.items() if not name.startswith("HELPDESK_")}
            subprocess.run([PROGRAM, "migrate"], check=True, env={**clean, "HELPDESK_DATABASE_URL": server.url})
        yield server


@pytest.fixture(params=["outside"])
def kind(request: pytest.FixtureRequest) -> str:
    """Whose the PostgreSQL is; a test parametrizes it."""
    return str(request.param)


@asynccontextmanager
async def started(folder: Path, cluster: OutsidePostgres | None) -> AsyncIterator[Sufferer]:
    """A service of two workers, freshly started, on a copy of a cluster or with a PostgreSQL of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {"HELPDESK_PASSWORD_ROUNDS": "4", "HELPDESK_ADMIN_PASSWORD": PASSWORD}
    with ExitStack() as stack:
        server = None
        if cluster is not None:
            server = OutsidePostgres(folder)
            server.copy_from(cluster)
            stack.enter_context(running(server))
            environment["HELPDESK_DATABASE_URL"] = server.url
        one = Sufferer(folder, port, 2, server, environment)
        try:
            await one.start()
            yield one
            await one.stop()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(one.service.process.pid, signal.SIGKILL)
            one.service.process.wait()


@pytest.fixture
async def sufferer(
    fault_folder: Path, kind: str, request: pytest.FixtureRequest, record_property: RecordProperty
) -> AsyncIterator[Sufferer]:
    """A service for one test alone. Its figures are printed at the end."""
    cluster = request.getfixturevalue("migrated_cluster") if kind == "outside" else None
    async with started(fault_folder, cluster) as one:
        yield one
    record_property("acknowledged", one.ledger.acknowledged)
    record_property("refused", sum(one.ledger.refused.values()))
    record_property("unanswered", one.ledger.unanswered)
    record_property("longest answer", f"{one.ledger.longest:.2f} s")


@pytest.fixture(scope="session")
async def unharmed(migrated_cluster: OutsidePostgres) -> AsyncIterator[Sufferer]:
    """A service for every test that does it no harm."""
    with public_folder() as folder:
        async with started(folder, migrated_cluster) as one:
            yield one


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures of every test, for docs/reliability.md."""
    terminalreporter.section("figures")
    # Phases that went well, but for the test itself, are in a category without a name.
    for report in terminalreporter.getreports("") + terminalreporter.getreports("error"):
        # What the fixtures know is there only with the last phase.
        if report.when == "teardown" and report.user_properties:
            figures = ", ".join(f"{name} {value}" for name, value in report.user_properties)
            terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {figures}")
