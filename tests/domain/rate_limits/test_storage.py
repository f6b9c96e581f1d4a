"""The counts behind the limits: ours in PostgreSQL does what the library's own in memory does."""

from __future__ import annotations

import asyncio
import time

import pytest
from limits.aio.storage import Storage
from limits.storage import storage_from_string
from sqlalchemy import func, select, update

from helpdesk_api.db.engine import Database
from helpdesk_api.domain.rate_limits.storage import PostgresStorage, open_storage
from helpdesk_api.models import RateLimit


@pytest.fixture(params=["memory", "postgresql"])
def storage(request: pytest.FixtureRequest, empty_database: Database) -> Storage:
    """Each of the storages."""
    return open_storage(request.param, empty_database)


async def test_what_was_counted_is_there_until_it_is_cleared(storage: Storage) -> None:
    assert [await storage.incr("a", 60), await storage.incr("a", 60, amount=3), await storage.incr("b", 60)] == [
        1,
        4,
        1,
    ]
    await storage.clear("a")
    assert (await storage.get("a"), await storage.get("b"), await storage.get("c")) == (0, 1, 0)
    assert await storage.check()
    assert await storage.reset() == 1
    assert await storage.get("b") == 0


async def test_the_window_begins_with_the_first_and_ends_when_it_ends(storage: Storage) -> None:
    before = time.time()
    await storage.incr("a", 60)
    ends = await storage.get_expiry("a")
    await storage.incr("a", 600)
    assert before + 50 < ends < before + 120
    assert await storage.get_expiry("a") == pytest.approx(ends, abs=30)
    assert await storage.get_expiry("none") < before + 50


async def test_nothing_is_lost_when_many_count_at_once(storage: Storage) -> None:
    counts = await asyncio.gather(*(storage.incr("a", 60) for _ in range(50)))
    assert sorted(counts)[-1] == await storage.get("a") == 50


async def test_the_database_counts_each_once(empty_database: Database) -> None:
    storage = open_storage("postgresql", empty_database)
    counts = await asyncio.gather(*(storage.incr("a", 60) for _ in range(50)))
    assert sorted(counts) == list(range(1, 51))


async def test_counts_that_have_ended_begin_anew_and_are_cleared_away(empty_database: Database) -> None:
    storage = open_storage("postgresql", empty_database)
    for name in "abcdefgh":
        await storage.incr(name, 60)
    async with empty_database.sessions() as session, session.begin():
        await session.execute(update(RateLimit).values(expires_at=func.now()))
    assert (await storage.get("a"), await storage.incr("a", 60)) == (0, 1)
    for _ in range(3):
        await storage.incr("a", 60)
    async with empty_database.read_sessions() as session:
        assert (await session.execute(select(RateLimit.key, RateLimit.hits))).all() == [("a", 4)]


async def test_the_library_knows_the_storage_by_its_scheme(empty_database: Database) -> None:
    found = storage_from_string("async+postgresql://", sessions=empty_database.read_sessions)  # type: ignore[arg-type]
    assert isinstance(found, PostgresStorage)
