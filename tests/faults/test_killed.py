"""Kill -9 of the service, of a worker and of PostgreSQL under a stream of writes: nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from suffering import Sufferer

both_kinds = pytest.mark.parametrize("kind", ["embedded", "outside"], indirect=True)


@both_kinds
async def test_a_killed_service_has_lost_nothing_when_it_is_started_again(sufferer: Sufferer) -> None:
    async with sufferer.at_work():
        for _ in range(3):
            await asyncio.sleep(1.5)
            await sufferer.kill()
            await sufferer.start()
        await asyncio.sleep(1)
    await sufferer.assert_nothing_is_lost(least=30)


async def test_killed_workers_are_replaced_and_what_they_left_is_swept(sufferer: Sufferer) -> None:
    async with sufferer.at_work():
        for starts in range(2, 6):
            await sufferer.has_started_workers(starts)
            await asyncio.sleep(1.5)
            os.kill(sufferer.worker_processes()[-1], signal.SIGKILL)
        await sufferer.has_started_workers(6)
    assert len(sufferer.worker_processes()) == 2
    # The last to come sweeps beside its first requests.
    await sufferer.assert_nothing_is_lost(least=30, patience=10)


@pytest.mark.parametrize("kind", ["embedded"], indirect=True)
async def test_a_killed_postgresql_of_the_services_own_comes_back_by_itself(sufferer: Sufferer) -> None:
    async with sufferer.at_work():
        for _ in range(3):
            await asyncio.sleep(1.5)
            os.kill(sufferer.postmaster(), signal.SIGKILL)
            await sufferer.ready_again()
        await asyncio.sleep(1)
    await restarted(sufferer)
    await sufferer.assert_nothing_is_lost(least=30)


async def test_a_killed_postgresql_that_is_started_again_needs_no_restart_of_the_service(sufferer: Sufferer) -> None:
    assert sufferer.postgres is not None
    process = sufferer.service.process.pid
    async with sufferer.at_work():
        for _ in range(3):
            await asyncio.sleep(1.5)
            await asyncio.to_thread(sufferer.postgres.kill)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(sufferer.postgres.start)
            await sufferer.ready_again()
        await asyncio.sleep(1)
    assert sufferer.service.process.pid == process
    assert sufferer.ledger.refused[503] > 0
    await restarted(sufferer)
    await sufferer.assert_nothing_is_lost(least=30)


async def restarted(sufferer: Sufferer) -> None:
    """After a crash of PostgreSQL nobody can tell what became of the commits under way: the next sweep does."""
    await sufferer.stop()
    await sufferer.start()
