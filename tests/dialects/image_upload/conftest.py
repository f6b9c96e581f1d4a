"""An app whose commits are real, for races and for commits that fail."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from clients import client_over
from factories import Account, make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.settings import Settings


@pytest.fixture
async def owner(empty_database: Database) -> Account:
    """A user whom every connection sees."""
    async with unit_of_work(empty_database.sessions) as session:
        return await make_account(session, "owner")


@pytest.fixture
async def committing(empty_database: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an app with a pool of connections of its own."""
    async with client_over(settings, empty_database) as client:
        yield client
