"""What every test stands on: a real PostgreSQL, real files, and the app over one transaction that is rolled back."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, async_sessionmaker, create_async_engine

from factories import Account, make_account
from helpdesk_api.db.embedded import EmbeddedPostgres
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.db.migrations import upgrade_to_head
from helpdesk_api.db.session import Session
from helpdesk_api.main import create_app
from helpdesk_api.settings import Settings

# Seconds to connect. The service's own limit is tested by itself; a busy machine may need more without being wrong.
PATIENCE = 30
# The tests' own client is in the same process as the service, whose log lines are looked at.
logging.getLogger("httpx").setLevel(logging.WARNING)


@pytest.fixture(scope="session")
async def server_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A PostgreSQL server: the one HELPDESK_TEST_DATABASE_URL names, else an embedded one for this run."""
    if external := os.environ.get("HELPDESK_TEST_DATABASE_URL"):
        yield external
        return
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres")) as server:
        # What it holds is thrown away, so nothing has to survive a power cut.
        unsafe = (f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "synchronous_commit", "full_page_writes"))
        await on_server(server.url, *unsafe, "SELECT pg_reload_conf()")
        yield server.url


@pytest.fixture(scope="session")
def worker_suffix() -> str:
    """Keeps the databases of parallel test processes on one server apart."""
    return os.environ.get("PYTEST_XDIST_WORKER", "single")


def database_named(server_url: str, name: str) -> str:
    """The URL of another database on the same server."""
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


async def on_server(server_url: str, *statements: str) -> None:
    """Run statements that no transaction can hold, such as CREATE DATABASE."""
    engine = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()


@asynccontextmanager
async def made_database(server_url: str, name: str, template: str = "template1") -> AsyncIterator[str]:
    """The URL of a new database, for as long as the block lasts."""
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    await on_server(server_url, drop, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield database_named(server_url, name)
    await on_server(server_url, drop)


@pytest.fixture(scope="session")
async def template(server_url: str, worker_suffix: str) -> AsyncIterator[str]:
    """The name of a database with the whole schema, made by the migrations, for others to be copied from."""
    name = f"helpdesk_test_template_{worker_suffix}"
    async with made_database(server_url, name) as url:
        engine = create_async_engine(url)
        await upgrade_to_head(engine)
        await engine.dispose()
        yield name


@pytest.fixture(scope="session")
async def engine(server_url: str, worker_suffix: str, template: str) -> AsyncIterator[AsyncEngine]:
    """The engine most tests share; their rows are rolled back after each of them."""
    async with made_database(server_url, f"helpdesk_test_shared_{worker_suffix}", template) as url:
        database = open_database(url, pool_size=5, connect_timeout=PATIENCE)
        yield database.engine
        await database.close()


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One connection in one transaction, which is rolled back."""
    async with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        await transaction.rollback()


@pytest.fixture
def database(connection: AsyncConnection, engine: AsyncEngine) -> Database:
    """Sessions inside the test's transaction: the app's own commits really run, as savepoints, and still roll back."""
    sessions = async_sessionmaker(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
    # A read session leaves the transaction alone when it closes.
    read_sessions = async_sessionmaker(connection, expire_on_commit=False, join_transaction_mode="rollback_only")
    return Database(engine, sessions, read_sessions, one_step_sessions=sessions)


@pytest.fixture
async def session(database: Database) -> AsyncIterator[Session]:
    """A session for preparing and looking at rows; `flush` is enough for the app to see them."""
    async with database.read_sessions() as session:
        yield session


@pytest.fixture
async def empty_database(server_url: str, worker_suffix: str, template: str) -> AsyncIterator[Database]:
    """A database of its own with a real pool, for tests that race or must really commit."""
    async with made_database(server_url, f"helpdesk_test_copy_{worker_suffix}", template) as url:
        database = open_database(url, pool_size=20, connect_timeout=PATIENCE)
        yield database
        await database.close()


@pytest.fixture(scope="session")
def default_settings() -> Settings:
    """The defaults, with cheap password hashes; reading the environment takes longer than many a test."""
    return Settings(_env_file=None, password_rounds=4, log_level="WARNING")


@pytest.fixture
def settings(default_settings: Settings, tmp_path: Path) -> Settings:
    """The defaults, with cheap password hashes and a data folder of the test's own."""
    return default_settings.model_copy(update={"data_dir": tmp_path})


@pytest.fixture
def app(settings: Settings, database: Database) -> FastAPI:
    """The whole app over the test's transaction."""
    return create_app(settings, database)


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """An HTTP client that talks to an app without a network; a 500 is an answer, as for any client.

    It gives an answer only once that has ended: so streams end after what is there already.
    """
    app.state.service.feed.end()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:8000")


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client with no credentials of its own; pass `headers=admin.token`."""
    async with client_of(app) as client:
        yield client
    app.state.service.verifier.close()
    await app.state.service.files.close()


@pytest.fixture
async def admin(session: Session) -> Account:
    """A superuser."""
    return await make_account(session, "admin", is_staff=True, is_superuser=True)


@pytest.fixture
async def agent(session: Session) -> Account:
    """Staff, but no admin."""
    return await make_account(session, "agent", is_staff=True)


@pytest.fixture
async def requester(session: Session) -> Account:
    """A plain user."""
    return await make_account(session, "requester", email="requester@example.com")


@pytest.fixture
async def stranger(session: Session) -> Account:
    """A plain user who has to do with nothing."""
    return await make_account(session, "stranger", email="stranger@example.com")
