"""Units of work: what is stored, what follows, and that reads hold neither a transaction nor a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import selectinload

from clients import client_over
from factories import make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.errors import ConstraintViolated
from helpdesk_api.db.session import Session, after_commit, after_rollback, before_commit, unit_of_work
from helpdesk_api.models import Department, Ticket, User
from helpdesk_api.settings import Settings

BACKENDS = text(
    "SELECT state, xact_start FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
# What makes a commit fail that nothing before it foresaw.
REFUSE_COMMITS = (
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no commit today'; END $$",
    "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE ON users DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW EXECUTE FUNCTION refuse()",
)


async def departments(database: Database) -> int:
    session = database.read_sessions()
    return await session.scalar(select(func.count()).select_from(Department)) or 0


def noting(seen: list[str], word: str) -> Callable[[], Awaitable[None]]:
    async def note() -> None:
        seen.append(word)

    return note


def hook_all(session: Session, seen: list[str]) -> None:
    for hook, words in ((after_commit, "committed"), (after_rollback, "rolled back"), (before_commit, "committing")):
        for number in (1, 2):
            hook(session, noting(seen, f"{words} {number}"))


async def fail_after_writing(database: Database, seen: list[str], error: type[BaseException]) -> None:
    async with unit_of_work(database.sessions) as session:
        hook_all(session, seen)
        session.add(Department(name="New"))
        await session.flush()
        raise error


async def write_a_token_of_nobody(database: Database, seen: list[str]) -> None:
    async with unit_of_work(database.sessions) as session:
        hook_all(session, seen)
        session.add(Department(name="New"))
        await session.execute(text("INSERT INTO tokens (user_id, digest) VALUES (999, '\\x00')"))


async def test_what_a_unit_of_work_did_is_there_before_its_followers_run(empty_database: Database) -> None:
    before = await departments(empty_database)
    counts: list[int] = []

    async def look() -> None:
        counts.append(await departments(empty_database))

    async with unit_of_work(empty_database.sessions) as session:
        session.add(Department(name="New"))
        before_commit(session, look)
        after_commit(session, look)
        after_rollback(session, look)
    assert counts == [before, before + 1]


async def test_followers_of_a_commit_run_in_order_and_those_of_a_rollback_not_at_all(database: Database) -> None:
    seen: list[str] = []
    async with unit_of_work(database.sessions) as session:
        hook_all(session, seen)
    assert seen == ["committing 1", "committing 2", "committed 1", "committed 2"]


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError, KeyboardInterrupt])
async def test_after_any_error_nothing_is_stored_and_only_the_followers_of_a_rollback_run(
    empty_database: Database, error: type[BaseException]
) -> None:
    seen: list[str] = []
    before = await departments(empty_database)
    with pytest.raises(error):
        await fail_after_writing(empty_database, seen, error)
    assert seen == ["rolled back 1", "rolled back 2"]
    assert await departments(empty_database) == before


async def test_an_error_while_committing_is_a_rollback(empty_database: Database) -> None:
    seen: list[str] = []
    async with unit_of_work(empty_database.sessions) as session:
        await session.execute(
            text("ALTER TABLE tokens ALTER CONSTRAINT fk_tokens_user_id_users DEFERRABLE INITIALLY DEFERRED")
        )
    with pytest.raises(ConstraintViolated):
        await write_a_token_of_nobody(empty_database, seen)
    assert seen == ["committing 1", "committing 2", "rolled back 1", "rolled back 2"]
    session = empty_database.read_sessions()
    assert await session.scalar(select(Department.id).where(Department.name == "New")) is None


async def test_a_failed_commit_is_never_answered_with_success(settings: Settings, empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        agent = await make_account(session, "agent", is_staff=True)
    async with unit_of_work(empty_database.sessions) as session:
        for statement in REFUSE_COMMITS:
            await session.execute(text(statement))
    body = {"username": "new", "password": "Zx-93kk-pq"}
    async with client_over(settings, empty_database) as client:
        created = await client.post("/api/users/", headers=agent.token, json=body)
        changed = await client.patch(f"/api/users/{agent.id}/", headers=agent.token, json={"first_name": "New"})
    assert [(one.status_code, one.json()) for one in (created, changed)] == [
        (500, {"detail": "A server error occurred."})
    ] * 2
    session = empty_database.read_sessions()
    rows = (await session.execute(select(User.username, User.first_name))).all()
    assert [tuple(row) for row in rows] == [("agent", "")]


async def test_a_read_gives_its_connection_back_before_the_block_ends(empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        user = (await make_account(session, "requester")).user
        session.add_all([Ticket(kind="upload", creator_id=user.id, file_limit=1) for _ in range(3)])
    pool = empty_database.engine.pool
    session = empty_database.read_sessions()
    assert await session.scalar(select(func.count()).select_from(Ticket)) == 3
    assert pool.checkedout() == 0  # type: ignore[attr-defined]
    found = (await session.scalars(select(Ticket).options(selectinload(Ticket.files)).order_by(Ticket.id))).all()
    assert pool.checkedout() == 0  # type: ignore[attr-defined]
    assert [(ticket.creator_id, ticket.files) for ticket in found] == [(user.id, [])] * 3


async def test_requests_that_only_read_leave_no_transaction_open(settings: Settings, empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        account = await make_account(session, "requester")
    async with client_over(settings, empty_database) as client:
        paths = ("/api/tickets/", "/api/files/", "/api/users/me/", "/readyz", "/api/tickets/9/", "/media/x")
        await asyncio.gather(*(client.get(path, headers=account.token) for path in paths * 3))
        async with empty_database.engine.connect() as connection:
            backends = [tuple(row) for row in await connection.execute(BACKENDS)]
    assert backends
    assert set(backends) == {("idle", None)}


async def test_reads_are_transactions_of_their_own_and_writes_share_one(empty_database: Database) -> None:
    current = select(func.txid_current())
    session = empty_database.read_sessions()
    assert await session.scalar(current) != await session.scalar(current)
    async with unit_of_work(empty_database.sessions) as session:
        assert await session.scalar(current) == await session.scalar(current)
