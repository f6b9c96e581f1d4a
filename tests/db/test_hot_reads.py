"""Connections for hot reads: how many there are, and what becomes of one that was given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.db.hot_reads import HotReads

OWN_PROCESS = "SELECT pg_backend_pid()"


@pytest.fixture
async def hot_reads(template_url: str) -> AsyncIterator[HotReads]:
    pool = HotReads(make_url(template_url), 2, wait=0.3)
    yield pool
    await pool.close()


async def process_of(pool: HotReads) -> int:
    (row,) = await pool.fetch(OWN_PROCESS, [])
    return int(row[0])


async def test_reads_one_after_the_other_share_a_connection(hot_reads: HotReads) -> None:
    assert await process_of(hot_reads) == await process_of(hot_reads)


async def test_no_more_connections_are_opened_than_there_may_be(hot_reads: HotReads) -> None:
    asleep = "SELECT pg_backend_pid() FROM pg_sleep(0.02)"
    found = await asyncio.gather(*(hot_reads.fetch(asleep, []) for _ in range(8)))
    assert len({row[0] for rows in found for row in rows}) == 2


async def test_who_waits_too_long_for_a_connection_is_told(hot_reads: HotReads) -> None:
    busy = [asyncio.create_task(hot_reads.fetch("SELECT pg_sleep(2)", [])) for _ in range(2)]
    await asyncio.sleep(0.1)
    with pytest.raises(DatabaseUnavailable):
        await hot_reads.fetch("SELECT 1", [])
    for one in busy:
        one.cancel()
    await asyncio.gather(*busy, return_exceptions=True)


async def test_a_read_that_was_given_up_leaves_nothing_for_the_next_one(hot_reads: HotReads) -> None:
    before = await process_of(hot_reads)
    given_up = asyncio.create_task(hot_reads.fetch("SELECT 'stale' FROM pg_sleep(2)", []))
    await asyncio.sleep(0.1)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert await process_of(hot_reads) != before
    assert [row[0] for row in await hot_reads.fetch("SELECT 'fresh'", [])] == ["fresh"]


async def test_a_statement_the_server_refuses_costs_no_connection(hot_reads: HotReads) -> None:
    before = await process_of(hot_reads)
    with pytest.raises(asyncpg.UndefinedTableError):
        await hot_reads.fetch("SELECT 1 FROM nothing_of_this_name", [])
    assert await process_of(hot_reads) == before
