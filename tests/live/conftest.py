"""A service of its own for each test that needs a real one."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from live_service import (
    LiveService,
    processes_left,
    running_service,
    start_service,
    wait_until,
    wait_until_ready,
)

Start = Callable[..., LiveService]


@pytest.fixture
def live_folder() -> Iterator[Path]:
    """A folder with a short name: a socket's address must hold it."""
    with tempfile.TemporaryDirectory(prefix="hd-") as name:
        yield Path(name)


@pytest.fixture
def environment() -> dict[str, str]:
    """The service's `HELPDESK_*` variables; a test parametrizes it."""
    return {}


@pytest.fixture
def live(live_folder: Path, environment: dict[str, str]) -> Iterator[LiveService]:
    """A service that has just been started for the first time. SIGTERM ends it, and nothing of it is left."""
    with running_service(live_folder, environment) as service:
        yield service


@pytest.fixture
def start(live_folder: Path) -> Iterator[Start]:
    """Starts services in one folder, one after the other; kills what a test has left."""
    services: list[LiveService] = []

    def start(*options: str, ready: bool = True, **environment: str) -> LiveService:
        variables = {f"HELPDESK_{name}": value for name, value in environment.items()}
        service = start_service(live_folder, {"HELPDESK_PASSWORD_ROUNDS": "4", **variables}, *options)
        services.append(service)
        return wait_until_ready(service) if ready else service

    yield start
    for service in services:
        with suppress(ProcessLookupError):
            os.killpg(service.process.pid, signal.SIGKILL)
        service.process.wait()
    if (live_folder / "var" / "postgres" / "server.lock").exists():
        # A database server outlives its service by a moment, and the folder is removed next.
        wait_until(lambda: not any(map(processes_left, services)), "the services' processes go on")
