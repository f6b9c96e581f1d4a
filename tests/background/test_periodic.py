"""Periodic work: once in its time, by one of many, and again after whoever did it was killed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from helpdesk_api.background.periodic import Periodic
from helpdesk_api.background.work import PeriodicTask
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.db.session import unit_of_work


async def test_it_is_done_once_in_its_time_however_many_try(empty_database: Database) -> None:
    done: list[int] = []

    def one_of_many(number: int) -> Periodic:
        async def run(_: Database) -> None:
            await asyncio.sleep(0.05)
            done.append(number)

        return Periodic(empty_database, PeriodicTask("digest", timedelta(hours=1), run))

    many = [one_of_many(number) for number in range(5)]
    for _ in range(3):
        await asyncio.gather(*(one.step() for one in many))
    assert len(done) == 1
    async with unit_of_work(empty_database.sessions) as session:
        await session.execute(text("UPDATE periodic_runs SET finished_at = finished_at - interval '61 minutes'"))
    await asyncio.gather(*(one.step() for one in many))
    assert len(done) == 2


async def test_what_was_not_finished_is_done_again(empty_database: Database) -> None:
    done: list[str] = []

    async def fail(_: Database) -> None:
        done.append("half")
        raise OSError("the disk is full")

    async def run(_: Database) -> None:
        done.append("whole")

    with pytest.raises(OSError, match="full"):
        await Periodic(empty_database, PeriodicTask("digest", timedelta(hours=1), fail)).step()
    for _ in range(2):
        await Periodic(empty_database, PeriodicTask("digest", timedelta(hours=1), run)).step()
    assert done == ["half", "whole"]


async def test_a_pool_of_one_connection_is_enough(empty_database: Database) -> None:
    done: list[bool] = []

    async def run(database: Database) -> None:
        async with unit_of_work(database.sessions) as session:
            done.append(bool(await session.scalar(text("SELECT true"))))

    small = open_database(empty_database.engine.url.render_as_string(hide_password=False), pool_size=1)
    await Periodic(small, PeriodicTask("digest", timedelta(hours=1), run)).step()
    await small.close()
    assert done == [True]
