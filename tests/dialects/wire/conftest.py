"""A media folder for what is uploaded, counted bcrypt runs, and a database with room for one request at a time."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import bcrypt
import pytest

from bcrypt_runs import BcryptRuns
from conftest import PATIENCE
from factories import Account, make_account
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.storage.files import LocalFiles


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
async def files(root: Path) -> AsyncIterator[LocalFiles]:
    files = LocalFiles(root)
    yield files
    await files.close()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[BcryptRuns]:
    counted = BcryptRuns()
    monkeypatch.setattr(bcrypt, "hashpw", counted)
    yield counted
    counted.gate.set()


@pytest.fixture
async def small_pool(empty_database: Database) -> AsyncIterator[Database]:
    """The database through a pool of one connection."""
    database = open_database(
        empty_database.engine.url.render_as_string(hide_password=False), pool_size=1, connect_timeout=PATIENCE
    )
    yield database
    await database.close()


@pytest.fixture
async def stored(empty_database: Database) -> Account:
    """A user whose row is really there, for every connection."""
    async with empty_database.sessions() as session, session.begin():
        return await make_account(session, "requester")
