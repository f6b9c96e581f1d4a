"""A service with its database, for a test to kill, hang and starve."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from live_service import PROGRAM
from outside_postgres import outside_postgres
from suffering import PASSWORD, Sufferer


@pytest.fixture
def fault_folder() -> Iterator[Path]:
    """A folder with a short name, which PostgreSQL's account may enter."""
    with tempfile.TemporaryDirectory(prefix="hd-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(params=["outside"])
def kind(request: pytest.FixtureRequest) -> str:
    """Whose the PostgreSQL is; a test parametrizes it."""
    return str(request.param)


@pytest.fixture
async def sufferer(fault_folder: Path, kind: str, record_property: pytest.RecordProperty) -> AsyncIterator[Sufferer]:
    """A service of two workers, freshly started. Its figures are in the report of a `--junit-xml`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {"HELPDESK_PASSWORD_ROUNDS": "4", "HELPDESK_ADMIN_PASSWORD": PASSWORD}
    if kind == "embedded":
        async for one in _suffering(Sufferer(fault_folder, port, 2, None, environment), record_property):
            yield one
        return
    with outside_postgres(fault_folder) as postgres:
        environment["HELPDESK_DATABASE_URL"] = postgres.url
        await _migrate(environment)
        async for one in _suffering(Sufferer(fault_folder, port, 2, postgres, environment), record_property):
            yield one


async def _suffering(one: Sufferer, record_property: pytest.RecordProperty) -> AsyncIterator[Sufferer]:
    await one.start()
    try:
        yield one
        await one.stop()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(one.service.process.pid, signal.SIGKILL)
        one.service.process.wait()
        ledger = one.ledger
        record_property("acknowledged", ledger.acknowledged)
        record_property("refused", sum(ledger.refused.values()))
        record_property("unanswered", ledger.unanswered)
        record_property("longest answer", round(ledger.longest, 2))


async def _migrate(environment: dict[str, str]) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HELPDESK_")}
    process = await asyncio.create_subprocess_exec(PROGRAM, "migrate", env=clean | environment)
    assert await process.wait() == 0
