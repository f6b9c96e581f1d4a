"""What became of a commit nobody answered for."""

from __future__ import annotations

from sqlalchemy import text

from helpdesk_api.db.engine import Database
from helpdesk_api.db.outcome import Outcome, outcome_of, transaction_id


async def test_a_transaction_that_was_committed_is_known_as_committed(empty_database: Database) -> None:
    async with empty_database.sessions() as session, session.begin():
        await session.execute(text("INSERT INTO departments (name) VALUES ('Kept')"))
        transaction = await transaction_id(session)
    assert await outcome_of(empty_database.sessions, transaction) is Outcome.COMMITTED


async def test_a_transaction_that_was_rolled_back_is_known_as_rolled_back(empty_database: Database) -> None:
    async with empty_database.sessions() as session:
        await session.execute(text("INSERT INTO departments (name) VALUES ('Lost')"))
        transaction = await transaction_id(session)
        await session.rollback()
    assert await outcome_of(empty_database.sessions, transaction) is Outcome.ROLLED_BACK
