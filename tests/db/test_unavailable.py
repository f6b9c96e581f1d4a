"""A database that is away, full or slow: one error inside, 503 outside, and service again as soon as it is back."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import make_url

from clients import client_over
from conftest import PATIENCE
from factories import Account, make_account
from helpdesk_api.db.embedded import EmbeddedPostgres
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.db.migrations import upgrade_to_head
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.models import User
from helpdesk_api.settings import Settings

UNAVAILABLE = {"detail": "The database is not available. Please try again."}


async def assert_unavailable(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()) == (503, UNAVAILABLE)
    assert answer.headers["Retry-After"] == "5"


Work = Callable[[Database], Awaitable[None]]


async def read(database: Database) -> None:
    session = database.read_sessions()
    await session.scalar(select(User.id))


async def write(database: Database) -> None:
    async with unit_of_work(database.sessions) as session:
        await session.execute(text("UPDATE users SET last_name = ''"))


@pytest.fixture
async def account(empty_database: Database) -> Account:
    async with unit_of_work(empty_database.sessions) as session:
        return await make_account(session, "requester")


@pytest.mark.parametrize("why", ["closed port", "unknown name", "wrong password", "no such database", "no such socket"])
@pytest.mark.parametrize("work", [read, write])
async def test_a_database_that_lets_nobody_in_is_unavailable(server_url: str, why: str, work: Work) -> None:
    url = make_url(server_url)
    urls = {
        "closed port": "postgresql+asyncpg://helpdesk:secret@127.0.0.1:9/helpdesk",
        "unknown name": "postgresql+asyncpg://helpdesk:secret@nowhere.invalid/helpdesk",
        "wrong password": url.set(username="nobody", password="wrong").render_as_string(hide_password=False),
        "no such database": url.set(database="nobodys").render_as_string(hide_password=False),
        "no such socket": "postgresql+asyncpg://helpdesk@/helpdesk?host=/nowhere",
    }
    database = open_database(urls[why])
    with pytest.raises(DatabaseUnavailable) as caught:
        await work(database)
    assert "secret" not in str(caught.value)
    await database.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/tickets/"), ("POST", "/api/tickets/"), ("POST", "/api-token-auth/"), ("GET", "/media/x.png")],
)
async def test_a_request_without_a_database_is_told_to_come_back(settings: Settings, method: str, path: str) -> None:
    away = open_database("postgresql+asyncpg://helpdesk:secret@127.0.0.1:9/helpdesk")
    headers = {"Authorization": "Token x"}
    async with client_over(settings, away) as client:
        answer = await client.request(method, path, headers=headers, data={"username": "a", "password": "b"})
    await assert_unavailable(answer)


async def test_a_full_pool_is_told_within_five_seconds(
    settings: Settings, empty_database: Database, account: Account
) -> None:
    small = open_database(
        empty_database.engine.url.render_as_string(hide_password=False), pool_size=1, connect_timeout=PATIENCE
    )
    async with client_over(settings, small) as client, small.engine.connect():
        started = time.monotonic()
        answer = await client.get("/api/files/", headers=account.token)
        # A pool that knows no limit waits half a minute.
        assert 4 < time.monotonic() - started < 20
        await assert_unavailable(answer)
    async with client_over(settings, small) as client:
        assert (await client.get("/api/users/me/", headers=account.token)).status_code == 200
    await small.close()


async def test_connections_cut_by_the_server_cost_at_most_one_answer(
    settings: Settings, empty_database: Database, account: Account
) -> None:
    async with client_over(settings, empty_database) as client:
        await asyncio.gather(*(client.get("/api/users/me/", headers=account.token) for _ in range(5)))
        other = open_database(
            empty_database.engine.url.render_as_string(hide_password=False), pool_size=1, connect_timeout=PATIENCE
        )
        async with unit_of_work(other.sessions) as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        await other.close()
        answers = [await client.get("/api/users/me/", headers=account.token) for _ in range(5)]
    # Which one it is depends on when the server gets round to it.
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) in ([200] * 5, [200] * 4 + [503])


@pytest.mark.parametrize("work", [read, write])
async def test_a_statement_that_takes_too_long_is_unavailable_and_its_connection_goes_on(
    empty_database: Database, account: Account, work: Work
) -> None:
    url = empty_database.engine.url.render_as_string(hide_password=False)
    impatient = open_database(url, pool_size=1, command_timeout=1, connect_timeout=PATIENCE)
    async with unit_of_work(empty_database.sessions) as session:
        await session.execute(text("LOCK TABLE users IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(DatabaseUnavailable, match="the database did not answer in time"):
            await work(impatient)
    await work(impatient)
    await impatient.close()


async def test_a_unit_of_work_that_is_cut_off_is_unavailable_and_stores_nothing(empty_database: Database) -> None:
    async def be_cut_off() -> None:
        async with unit_of_work(empty_database.sessions) as session:
            await make_account(session, "requester")
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(DatabaseUnavailable):
        await be_cut_off()
    session = empty_database.read_sessions()
    assert await session.scalar(select(User.id)) is None


@pytest.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[tuple[EmbeddedPostgres, Database, Account]]:
    """A server of the test's own, to stop and to start, with the whole schema and a user."""
    server = EmbeddedPostgres(tmp_path)
    await asyncio.to_thread(server.start)
    database = open_database(server.url, pool_size=2)
    await upgrade_to_head(database.engine)
    async with unit_of_work(database.sessions) as session:
        account = await make_account(session, "requester")
    yield server, database, account
    await database.close()
    await asyncio.to_thread(server.stop)


async def test_a_server_that_stops_and_starts_again_is_noticed_both_times(
    settings: Settings, own_server: tuple[EmbeddedPostgres, Database, Account]
) -> None:
    server, database, account = own_server
    async with client_over(settings, database) as client:
        assert (await client.get("/api/users/me/", headers=account.token)).status_code == 200
        await asyncio.to_thread(server.stop)
        for headers in (account.token, account.basic):
            await assert_unavailable(await client.get("/api/users/me/", headers=headers))
        await asyncio.to_thread(server.start)
        answers = [await client.get("/api/users/me/", headers=account.token) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]


async def test_a_server_that_accepts_nobody_in_time_is_unavailable(
    settings: Settings, own_server: tuple[EmbeddedPostgres, Database, Account], tmp_path: Path
) -> None:
    _server, database, account = own_server
    await database.close()
    postmaster = int((tmp_path / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGSTOP)
    try:
        async with client_over(settings, database) as client:
            started = time.monotonic()
            await assert_unavailable(await client.get("/api/users/me/", headers=account.token))
            # asyncpg by itself waits a minute.
            assert time.monotonic() - started < 30
    finally:
        os.kill(postmaster, signal.SIGCONT)


async def test_a_hot_read_on_a_connection_in_its_last_moment_is_repeated_on_a_new_one(server_url: str) -> None:
    database = open_database(server_url, pool_size=5)
    hot = database.hot_connections
    assert hot is not None
    other = open_database(server_url, pool_size=1)
    for _ in range(20):
        await asyncio.gather(*(hot.read("SELECT pg_backend_pid()", []) for _ in range(5)), return_exceptions=True)
        async with unit_of_work(other.sessions) as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'helpdesk-api'"
                    " AND datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'SELECT pg_backend%'"
                )
            )
        # The error has to be ours, whatever state the driver was caught in.
        for answer in await asyncio.gather(*(hot.read("SELECT 1", []) for _ in range(5)), return_exceptions=True):
            assert isinstance(answer, list | DatabaseUnavailable), repr(answer)
    await other.close()
    await database.close()


async def test_a_watched_database_that_hangs_is_unavailable_at_once_and_comes_back_by_itself(
    settings: Settings, own_server: tuple[EmbeddedPostgres, Database, Account], tmp_path: Path
) -> None:
    _server, database, account = own_server
    postmaster = int((tmp_path / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text
    async with client_over(settings, database) as client, database.watched():
        assert (await client.get("/api/users/me/", headers=account.token)).status_code == 200
        stopped = [postmaster, *map(int, children().split())]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            started = time.monotonic()
            answers = await asyncio.gather(
                *(client.get("/api/users/me/", headers=headers) for headers in (account.token, account.basic) * 5)
            )
            # A statement may take a minute; that it is five seconds at most is for tests/faults, which have a machine.
            assert time.monotonic() - started < 30
            for answer in answers:
                await assert_unavailable(answer)
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        deadline = time.monotonic() + 60
        while (await client.get("/api/users/me/", headers=account.token)).status_code != 200:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        answers = [await client.get("/api/users/me/", headers=account.basic) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 5
