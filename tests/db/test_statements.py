"""Statements that change something: a part of the unit of work, or a transaction of their own."""

from __future__ import annotations

import pytest
from sqlalchemy import String, bindparam, text

from helpdesk_api.db.engine import Database
from helpdesk_api.db.errors import ConstraintViolated
from helpdesk_api.db.session import LazySession, unit_of_work
from helpdesk_api.db.statements import Statement

ADD = Statement(
    text("INSERT INTO departments (name) VALUES (:name) RETURNING name").bindparams(bindparam("name", type_=String))
)
NAMES = Statement(text("SELECT name FROM departments WHERE name LIKE 'New%' ORDER BY name"))


class Stopped(Exception):
    """Raised by the tests, to end a unit of work."""


async def names(database: Database) -> list[str]:
    return [row[0] for row in await NAMES.all(database.read_sessions())]


async def add_and_stop(database: Database, *, after: str | None = None) -> None:
    """Add a department in a unit of work that comes to nothing."""
    async with unit_of_work(database.one_step_sessions if after else database.sessions) as session:
        if after:
            await session.execute(text(after))
        await ADD.change(session, name="New 1")
        raise Stopped


async def add_twice(database: Database, kind: str) -> None:
    async with unit_of_work(getattr(database, kind)) as session:
        await ADD.change(session, name="New 1")
        await ADD.change(session, name="New 1")


async def test_a_change_in_a_unit_of_work_is_stored_with_the_rest_of_it(empty_database: Database) -> None:
    with pytest.raises(Stopped):
        await add_and_stop(empty_database)
    assert await names(empty_database) == []
    async with unit_of_work(empty_database.sessions) as session:
        assert [tuple(row) for row in await ADD.change(session, name="New 2")] == [("New 2",)]
        assert await names(empty_database) == []
    assert await names(empty_database) == ["New 2"]


async def test_the_only_change_of_one_step_is_stored_at_once_and_needs_no_session(empty_database: Database) -> None:
    async with unit_of_work(empty_database.one_step_sessions) as session:
        assert await NAMES.all(session) == []
        assert [tuple(row) for row in await ADD.change(session, name="New 1")] == [("New 1",)]
        assert await names(empty_database) == ["New 1"]
        assert isinstance(session, LazySession)
        assert not session.is_made


async def test_a_change_after_something_else_belongs_to_that(empty_database: Database) -> None:
    with pytest.raises(Stopped):
        await add_and_stop(empty_database, after="SELECT 1")
    assert await names(empty_database) == []


@pytest.mark.parametrize("kind", ["sessions", "one_step_sessions"])
async def test_a_constraint_that_objects_is_named_as_that(empty_database: Database, kind: str) -> None:
    with pytest.raises(ConstraintViolated):
        await add_twice(empty_database, kind)
