"""One help desk for a whole module, which every request leaves as it found it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, async_sessionmaker

from conftest import client_of
from doors_world import Visitor, World, make_world
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.main import create_app
from helpdesk_api.models import Queue
from helpdesk_api.settings import Settings


@pytest.fixture(scope="module")
def desk_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The defaults, as far as rights go."""
    folder = tmp_path_factory.mktemp("desk")
    return Settings(_env_file=None, data_dir=folder, password_rounds=4, log_level="ERROR")


@pytest.fixture(scope="module")
async def desk_connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One connection in one transaction, which is rolled back after the module."""
    async with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        await transaction.rollback()


@pytest.fixture(scope="module")
def desk_database(desk_connection: AsyncConnection, engine: AsyncEngine) -> Database:
    """Sessions inside that transaction."""
    sessions = async_sessionmaker(desk_connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
    read_sessions = async_sessionmaker(desk_connection, expire_on_commit=False, join_transaction_mode="rollback_only")
    return Database(engine, sessions, read_sessions, one_step_sessions=sessions)


@pytest.fixture(scope="module")
async def desk_app(desk_settings: Settings, desk_database: Database) -> AsyncIterator[FastAPI]:
    """The app."""
    app = create_app(desk_settings, desk_database)
    yield app
    app.state.service.verifier.close()
    await app.state.service.files.close()


@pytest.fixture(scope="module")
async def desk_client(desk_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it."""
    async with client_of(desk_app) as client:
        yield client


@pytest.fixture(scope="module")
async def world(desk_client: httpx.AsyncClient, desk_database: Database, desk_settings: Settings) -> World:
    """Everything the table speaks of, and a copy of the files."""
    async with desk_database.read_sessions() as session:
        made = await make_world(desk_client, session)
    shutil.copytree(desk_settings.media_dir, desk_settings.data_dir / "copy")
    return made


@pytest.fixture(scope="module")
def visit(
    world: World, desk_client: httpx.AsyncClient, desk_connection: AsyncConnection, desk_settings: Settings
) -> Visitor:
    """Sends a request and undoes what it did."""
    return Visitor(desk_client, desk_connection, desk_settings.data_dir)


@pytest.fixture
async def queue(session: Session) -> Queue:
    """The queue every help desk begins with."""
    found = await session.scalar(select(Queue).order_by(Queue.id))
    assert found is not None
    return found
