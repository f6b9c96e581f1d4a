"""Connections for hot reads: how many there are, and what becomes of one that was given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from conftest import PATIENCE
from helpdesk_api.db.engine import Database
from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.db.hot_connections import HotConnections

OWN_PROCESS = "SELECT pg_backend_pid()"


@pytest.fixture
def wait() -> float:
    """Seconds that are waited for a free connection; a test parametrizes it."""
    return PATIENCE


@pytest.fixture
async def hot_connections(empty_database: Database, wait: float) -> AsyncIterator[HotConnections]:
    pool = HotConnections(empty_database.engine.url, 2, wait=wait, timeout=PATIENCE)
    yield pool
    await pool.close()


async def process_of(pool: HotConnections) -> int:
    (row,) = await pool.read(OWN_PROCESS, [])
    return int(row[0])


async def test_reads_one_after_the_other_share_a_connection(hot_connections: HotConnections) -> None:
    assert await process_of(hot_connections) == await process_of(hot_connections)


async def test_no_more_connections_are_opened_than_there_may_be(hot_connections: HotConnections) -> None:
    asleep = "SELECT pg_backend_pid() FROM pg_sleep(0.02)"
    found = await asyncio.gather(*(hot_connections.read(asleep, []) for _ in range(8)))
    assert len({row[0] for rows in found for row in rows}) == 2


@pytest.mark.parametrize("wait", [0.3])
async def test_who_waits_too_long_for_a_connection_is_told(hot_connections: HotConnections) -> None:
    busy = [asyncio.create_task(hot_connections.read("SELECT pg_sleep(60)", [])) for _ in range(2)]
    await asyncio.sleep(0.1)
    with pytest.raises(DatabaseUnavailable):
        await hot_connections.read("SELECT 1", [])
    for one in busy:
        one.cancel()
    await asyncio.gather(*busy, return_exceptions=True)


@pytest.mark.parametrize("wait", [1])
async def test_a_turn_that_comes_as_it_is_given_up_is_the_next_ones(hot_connections: HotConnections) -> None:
    async def read_and_stop_the_next() -> None:
        await hot_connections.read("SELECT pg_sleep(0.2)", [])
        given_up.cancel()  # which has its turn now, and did not run yet

    busy = asyncio.create_task(hot_connections.read("SELECT pg_sleep(60)", []))
    stopping = asyncio.create_task(read_and_stop_the_next())
    await asyncio.sleep(0.1)
    given_up = asyncio.create_task(process_of(hot_connections))
    await stopping
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert await process_of(hot_connections)
    busy.cancel()
    await asyncio.gather(busy, return_exceptions=True)


async def test_a_read_that_was_given_up_leaves_nothing_for_the_next_one(hot_connections: HotConnections) -> None:
    before = await process_of(hot_connections)
    given_up = asyncio.create_task(hot_connections.read("SELECT 'stale' FROM pg_sleep(2)", []))
    await asyncio.sleep(0.1)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert await process_of(hot_connections) != before
    assert [row[0] for row in await hot_connections.read("SELECT 'fresh'", [])] == ["fresh"]


async def test_a_statement_the_server_refuses_costs_no_connection(hot_connections: HotConnections) -> None:
    before = await process_of(hot_connections)
    with pytest.raises(asyncpg.UndefinedTableError):
        await hot_connections.read("SELECT 1 FROM nothing_of_this_name", [])
    assert await process_of(hot_connections) == before
