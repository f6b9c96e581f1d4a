"""Move the schema from one migration to another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from helpdesk_api.db.errors import SchemaBusy
from helpdesk_api.db.revisions import require_known, schema_revision, script_folder

# Any number nobody else uses: two services that start together migrate one after the other.
_LOCK = 4_701_113_807
_LOCK_NOT_AVAILABLE = "55P03"
_BUSY = (
    "the schema stays at {0}: a long transaction (a backup, a report, a forgotten session) held a table for more than"
    " {1:g} seconds. Try again when it has ended"
)
_LOOKS_AGAIN_AFTER = 0.2


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, over a connection the caller owns."""
    config = Config()
    config.set_main_option("script_location", str(script_folder()))
    config.attributes["connection"] = connection
    return config


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
    require_known(await schema_revision(connection))
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
                    raise SchemaBusy(_BUSY.format(await schema_revision(connection), lock_seconds)) from error
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
