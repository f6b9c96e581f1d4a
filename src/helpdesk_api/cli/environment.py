"""What every command begins with: settings that are right, and a database to talk to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import NoReturn, TypeVar

import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from helpdesk_api.archive.errors import ArchiveError
from helpdesk_api.cli import misspelt
from helpdesk_api.db.embedded import EmbeddedPostgres, url_beside
from helpdesk_api.db.embedded_errors import DataFolderInUse, EmbeddedPostgresFailed, EmbeddedPostgresMissing
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.db.errors import ConstraintViolated, DatabaseUnavailable, SchemaBusy, SchemaMismatch
from helpdesk_api.db.revisions import check_schema
from helpdesk_api.domain.errors import DomainError, Invalid
from helpdesk_api.mail.errors import TemplatesBroken
from helpdesk_api.settings import Settings
from helpdesk_api.storage.files import LocalFiles

Result = TypeVar("Result")
EMBEDDED_ERRORS = (EmbeddedPostgresMissing, DataFolderInUse, EmbeddedPostgresFailed)


def stop(message: str) -> NoReturn:
    """Say why on standard error and end with 1."""
    typer.echo(f"helpdesk-api: {message}", err=True)
    raise typer.Exit(1)


def load_settings(**given: object) -> Settings:
    """The settings, `given` ones before the environment's; ends the command naming every wrong variable.

    Variables that look like settings and are none are named on standard error.
    """
    for warning in misspelt.warnings():
        typer.echo(f"helpdesk-api: {warning}", err=True)
    try:
        return Settings(**given)  # type: ignore[arg-type]  # checked like everything else
    except ValidationError as error:
        lines = [
            f"  HELPDESK_{str(one['loc'][0]).upper()}: {one['msg'].removeprefix('Value error, ')}"
            for one in error.errors(include_url=False, include_input=False)
        ]
        stop("these settings are wrong:\n" + "\n".join(lines))


@contextmanager
def database_url(settings: Settings, *, beside: bool = False) -> Iterator[str]:
    """The database's URL: the one that is set, or that of the embedded server, which runs as long as the block.

    A service that runs on the data folder has that server already: `beside` it, the command uses the same one.
    """
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    try:
        with ExitStack() as stack:
            yield _embedded_url(settings, stack, beside=beside)
    except EMBEDDED_ERRORS as error:
        stop(str(error))


def _embedded_url(settings: Settings, stack: ExitStack, *, beside: bool) -> str:
    try:
        return stack.enter_context(EmbeddedPostgres(settings.data_dir)).url
    except DataFolderInUse as error:
        if not beside:
            raise
        url = url_beside(settings.data_dir)
        if url is None:
            stop(f"{error} It is starting or stopping: try again in a moment.")
        return url


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """A database for a job that nobody waits for as for a page: connecting and statements may take their time."""
    database = open_database(url, pool_size=2, command_timeout=None, connect_timeout=10)
    try:
        yield database
    finally:
        await database.close()


async def require_schema(database: Database) -> None:
    """Raise `SchemaMismatch` unless every migration has been applied."""
    await check_schema(database.engine)


@asynccontextmanager
async def media_folder(settings: Settings) -> AsyncIterator[LocalFiles]:
    """The media folder for a short job; ends the command where nothing can be written to it."""
    files = LocalFiles(settings.media_dir)
    try:
        await files.check_writable()
        yield files
    except OSError as error:
        stop(f"the media folder {settings.media_dir} is not writable: {error.strerror}")
    finally:
        await files.close()


@contextmanager
def said_in_a_line() -> Iterator[None]:
    """End the command with a line, not with a traceback, for whatever can be expected to go wrong in it."""
    try:
        yield
    except Invalid as error:
        stop("\n".join(f"{field}: {' '.join(messages)}" for field, messages in error.fields.items()))
    except SchemaMismatch as error:
        stop(f"the database's schema is {error}.")
    except TemplatesBroken as error:
        stop(f"the e-mail templates cannot be used: {error}")
    except OSError as error:
        stop(f"{error.filename or 'the disk'}: {error.strerror or error}.")
    except DBAPIError as error:
        stop(f"the database says: {error.orig}")
    except (ArchiveError, DomainError, ConstraintViolated, DatabaseUnavailable, SchemaBusy, SQLAlchemyError) as error:
        stop(f"{error}.")


def run(
    settings: Settings, job: Callable[[Database], Coroutine[object, object, Result]], *, beside: bool = True
) -> Result:
    """Run one job on the database, `beside` a service with an embedded one or not.

    What went wrong is said in a line, not in a traceback.
    """

    async def on_database(url: str) -> Result:
        async with opened(url) as database:
            return await job(database)

    with database_url(settings, beside=beside) as url, said_in_a_line():
        return asyncio.run(on_database(url))
