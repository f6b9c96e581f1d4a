"""What every command begins with: settings that are right, and a database to talk to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NoReturn, TypeVar

import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from helpdesk_api.db.embedded import EmbeddedPostgres
from helpdesk_api.db.embedded_errors import DataFolderInUse, EmbeddedPostgresFailed, EmbeddedPostgresMissing
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.db.migrations import current_revision, head
from helpdesk_api.domain.errors import DomainError, Invalid
from helpdesk_api.settings import Settings

Result = TypeVar("Result")
EMBEDDED_ERRORS = (EmbeddedPostgresMissing, DataFolderInUse, EmbeddedPostgresFailed)


def stop(message: str) -> NoReturn:
    """Say why on standard error and end with 1."""
    typer.echo(f"helpdesk-api: {message}", err=True)
    raise typer.Exit(1)


def load_settings() -> Settings:
    """The settings; ends the command naming every wrong variable."""
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for one in error.errors(include_url=False, include_input=False):
            name = "_".join(str(part) for part in one["loc"][:1]).upper()
            lines.append(f"  HELPDESK_{name}: {one['msg']}" if name else f"  {one['msg']}")
        stop("these settings are wrong:\n" + "\n".join(lines))


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """The database's URL: the one that is set, or that of the embedded server, which runs as long as the block."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    try:
        with EmbeddedPostgres(settings.data_dir) as server:
            yield server.url
    except EMBEDDED_ERRORS as error:
        stop(str(error))


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """A database for a short job."""
    database = open_database(url, pool_size=2)
    try:
        yield database
    finally:
        await database.close()


async def require_schema(database: Database) -> None:
    """End the command unless every migration has been applied."""
    if await current_revision(database.engine) != head():
        stop("the database's schema is not up to date: run `helpdesk-api migrate` first.")


def run(settings: Settings, job: Callable[[Database], Coroutine[object, object, Result]]) -> Result:
    """Run one job on the database; what went wrong is said in a line, not in a traceback."""

    async def on_database(url: str) -> Result:
        async with opened(url) as database:
            return await job(database)

    with database_url(settings) as url:
        try:
            return asyncio.run(on_database(url))
        except Invalid as error:
            stop("\n".join(f"{field}: {' '.join(messages)}" for field, messages in error.fields.items()))
        except (DomainError, DatabaseUnavailable, SQLAlchemyError) as error:
            stop(str(error))
