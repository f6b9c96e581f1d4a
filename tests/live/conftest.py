"""A service of its own for each test that needs a real one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from live_service import LiveService, running_service


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
