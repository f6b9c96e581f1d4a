"""Two instances: one to back up, and an empty one to restore into."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from click.testing import Result

from clients import client_over
from commands import run_command
from conftest import PATIENCE, database_named, on_server
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.settings import Settings


@dataclass(frozen=True)
class Instance:
    """A database and a media folder."""

    database: Database
    settings: Settings

    @property
    def media(self) -> Path:
        """The media folder."""
        return self.settings.media_dir

    async def command(self, *arguments: object) -> Result:
        """Run a command on it."""
        return await run_command(self.database, *map(str, arguments), media_root=self.media)


@pytest.fixture(autouse=True)
def _folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env of the developer's."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def source(empty_database: Database, settings: Settings) -> Instance:
    """What is backed up."""
    return Instance(empty_database, settings)


@pytest.fixture
async def client(source: Instance) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service that is backed up."""
    async with client_over(source.settings, source.database) as client:
        yield client


@pytest.fixture
async def target(server_url: str, worker_suffix: str, settings: Settings, tmp_path: Path) -> AsyncIterator[Instance]:
    """A database without anything in it, and a folder that is not there yet."""
    name = f"helpdesk_test_restored_{worker_suffix}"
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    await on_server(server_url, drop, f'CREATE DATABASE "{name}"')
    database = open_database(database_named(server_url, name), pool_size=5, connect_timeout=PATIENCE)
    yield Instance(database, settings.model_copy(update={"media_root": tmp_path / "restored"}))
    await database.close()
    await on_server(server_url, drop)
