"""Bring the schema up to date, and say whether it is."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from helpdesk_api.db.errors import SchemaMismatch

_PACKAGE = Path(__file__).resolve().parents[1]
# Any number nobody else uses: two services that start together migrate one after the other.
_LOCK = 4_701_113_807
_LOOKS_AGAIN_AFTER = 0.2


def script_folder() -> Path:
    """Where the migrations are: in the installed package, or beside `src/` in a checkout."""
    installed = _PACKAGE / "_alembic"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "alembic"


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, over a connection the caller owns."""
    config = Config()
    config.set_main_option("script_location", str(script_folder()))
    config.attributes["connection"] = connection
    return config


def head() -> str | None:
    """The newest migration this version of the service knows."""
    return _scripts().get_current_head()


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(alembic_config())


async def current_revision(engine: AsyncEngine) -> str | None:
    """The migration the database is at; `None` before the first."""
    async with engine.connect() as connection:
        return await connection.run_sync(_revision)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def check_schema(engine: AsyncEngine) -> None:
    """Raise `SchemaMismatch` unless exactly the migrations of this version have been applied."""
    revision = await current_revision(engine)
    _require_known(revision)
    if revision != head():
        raise SchemaMismatch(f"at {revision or 'none'}, need {head()}: run `helpdesk-api migrate`")


def _require_known(revision: str | None) -> None:
    if revision is not None and revision not in {script.revision for script in _scripts().walk_revisions()}:
        raise SchemaMismatch(f"at {revision}, which a newer helpdesk-api made: this one works with {head()}")


async def _take_turn(connection: AsyncConnection) -> None:
    """Wait for whoever migrates already, without a transaction: CREATE INDEX CONCURRENTLY waits for those to end."""
    while True:
        is_ours = await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK})
        await connection.commit()
        if is_ours:
            return
        await asyncio.sleep(_LOOKS_AGAIN_AFTER)


async def upgrade_to_head(engine: AsyncEngine) -> None:
    """Apply every migration that is missing; services that start together take turns.

    Raises `SchemaMismatch` for a schema of a newer version.
    """
    async with engine.connect() as connection:
        await _take_turn(connection)
        try:
            _require_known(await connection.run_sync(_revision))
            # Alembic begins and ends transactions as each migration needs them.
            await connection.commit()
            await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))
            await connection.commit()
        finally:
            await connection.rollback()
            await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            await connection.commit()
