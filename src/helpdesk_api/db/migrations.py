"""Bring the schema up to date, and say whether it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from helpdesk_api.db.errors import SchemaBusy, SchemaMismatch
from helpdesk_api.db.schema_fit import works_on

_PACKAGE = Path(__file__).resolve().parents[1]
# Any number nobody else uses: two services that start together migrate one after the other.
_LOCK = 4_701_113_807
_LOCK_NOT_AVAILABLE = "55P03"
_BUSY = (
    "the schema stays at {0}: a long transaction (a backup, a report, a forgotten session) held a table for more than"
    " {1:g} seconds. Try again when it has ended"
)
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
        return await connection.run_sync(schema_revision)


def schema_revision(connection: Connection) -> str | None:
    """As `current_revision`, on a connection, which keeps no compiled statements from here on.

    Alembic makes its table anew each time: to SQLAlchemy each query on it is another one, and every look at `/readyz`
    would put 15 kB into the engine's cache and push out a statement that is used again.
    """
    connection = connection.execution_options(compiled_cache=None)
    return MigrationContext.configure(connection).get_current_revision()


async def known_revision(engine: AsyncEngine) -> str | None:
    """As `current_revision`; raises `SchemaMismatch` for a schema of a newer version."""
    revision = await current_revision(engine)
    _require_known(revision)
    return revision


async def check_schema(engine: AsyncEngine) -> None:
    """Raise `SchemaMismatch` unless this version of the service can work on the schema.

    It can on its own, and on a newer one that only adds to it: so the old processes go on serving, and may even start
    again, while an upgrade replaces them one by one (docs/deploy.md, "Upgrading").
    """
    async with engine.connect() as connection:
        revision = await connection.run_sync(schema_revision)
        if revision == head():
            return
        if is_known(revision):
            raise SchemaMismatch(f"at {revision or 'none'}, need {head()}: run `helpdesk-api migrate`")
        if not await works_on(connection):
            _require_known(revision)


def is_known(revision: str | None) -> bool:
    """Whether this version of the service has the migration; nothing yet is known too."""
    return revision is None or revision in {script.revision for script in _scripts().walk_revisions()}


def _require_known(revision: str | None) -> None:
    if not is_known(revision):
        raise SchemaMismatch(f"at {revision}, which a newer helpdesk-api made: this one works with {head()}")


async def _take_turn(connection: AsyncConnection) -> None:
    """Wait for whoever migrates already, without a transaction: CREATE INDEX CONCURRENTLY waits for those to end."""
    while True:
        is_ours = await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK})
        await connection.commit()
        if is_ours:
            return
        await asyncio.sleep(_LOOKS_AGAIN_AFTER)


async def upgrade_to_head(engine: AsyncEngine, lock_seconds: float = 5, attempts: int = 3) -> None:
    """Apply every migration that is missing; services that start together take turns.

    A migration that has to wait longer than `lock_seconds` for others to end gives up, since everybody after it waits
    too; it is tried so often in all. Raises `SchemaMismatch` for a schema of a newer version, `SchemaBusy`.
    """
    async with schema_turn(engine) as connection:
        await move_schema(connection, "head", lock_seconds, attempts)


@asynccontextmanager
async def schema_turn(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection in no transaction, once nobody else migrates or restores; they wait until the block ends."""
    async with engine.connect() as connection:
        await _take_turn(connection)
        try:
            yield connection
        finally:
            await connection.rollback()
            await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            await connection.commit()


async def move_schema(
    connection: AsyncConnection, revision: str, lock_seconds: float = 5, attempts: int = 3, *, back: bool = False
) -> None:
    """Migrate to a revision, upwards or `back`, in a transaction for each migration. See `upgrade_to_head`."""
    _require_known(await connection.run_sync(schema_revision))
    move = command.downgrade if back else command.upgrade
    async with _short_waits(connection, lock_seconds):
        for attempt in range(1, attempts + 1):
            try:
                await connection.run_sync(lambda sync: move(alembic_config(sync), revision))
                return
            except DBAPIError as error:
                await connection.rollback()
                if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                    raise
                if attempt == attempts:
                    raise SchemaBusy(_BUSY.format(await connection.run_sync(schema_revision), lock_seconds)) from error
            # Those who queued behind the migration get their turn.
            await asyncio.sleep(lock_seconds)


@asynccontextmanager
async def _short_waits(connection: AsyncConnection, lock_seconds: float) -> AsyncIterator[None]:
    milliseconds = str(max(1, round(lock_seconds * 1000)))
    await connection.execute(text("SELECT set_config('lock_timeout', :ms, false)"), {"ms": milliseconds})
    # Alembic leaves a transaction that was begun for it to whoever began it: every migration would be in that one.
    await connection.commit()
    try:
        yield
        await connection.commit()
    finally:
        await connection.rollback()
        await connection.execute(text("RESET lock_timeout"))
        await connection.commit()
