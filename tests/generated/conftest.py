"""A service for generated clients to play against, and what they are generated from: the document that it serves."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from live_service import LiveService, running_service


# Each client has its own: it lists what it made.
@pytest.fixture
def service() -> Iterator[LiveService]:
    with (
        tempfile.TemporaryDirectory(prefix="hd-") as folder,
        running_service(Path(folder), {"HELPDESK_PASSWORD_ROUNDS": "4"}) as live,
    ):
        yield live


@pytest.fixture
def document(service: LiveService, tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    path.write_bytes(httpx.get(f"{service.url}/openapi.json").content)
    return path
