"""What became of a commit nobody answered for."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from helpdesk_api.db.embedded import EmbeddedPostgres
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.db.outcome import Outcome, outcome_of, transaction_of


async def test_a_transaction_that_was_committed_is_known_as_committed(empty_database: Database) -> None:
    async with empty_database.sessions() as session, session.begin():
        await session.execute(text("INSERT INTO departments (name) VALUES ('Kept')"))
        transaction = await transaction_of(session)
    assert await outcome_of(empty_database.sessions, transaction) is Outcome.COMMITTED


async def test_a_transaction_that_was_rolled_back_is_known_as_rolled_back(empty_database: Database) -> None:
    async with empty_database.sessions() as session:
        await session.execute(text("INSERT INTO departments (name) VALUES ('Lost')"))
        transaction = await transaction_of(session)
        await session.rollback()
    assert await outcome_of(empty_database.sessions, transaction) is Outcome.ROLLED_BACK


async def test_after_a_crash_the_number_of_a_transaction_means_nothing_any_more(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as server:
        database = open_database(server.url, pool_size=2)
        async with database.sessions() as session:
            transaction = await transaction_of(session)
            backend = await session.scalar(text("SELECT pg_backend_pid()"))
            os.kill(int(backend or 0), signal.SIGKILL)  # the whole server recovers, and forgets the transaction
            with suppress(DBAPIError):
                await session.rollback()
        assert await outcome_of(database.sessions, transaction) is Outcome.UNKNOWN
        async with database.sessions() as session, session.begin():
            # Why: the number belongs to somebody else now, who commits.
            assert (await transaction_of(session)).id == transaction.id
        assert await outcome_of(database.sessions, transaction) is Outcome.UNKNOWN
        await database.close()
