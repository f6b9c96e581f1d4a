"""`serve`: prepare the database, then run the workers until told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from types import FrameType
from typing import Annotated

import typer
import uvicorn
from uvicorn.supervisors import Multiprocess

from helpdesk_api.cli.environment import database_url, load_settings, opened, stop
from helpdesk_api.db.engine import Database
from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.db.migrations import current_revision, head, upgrade_to_head
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.attachments import service as attachments
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.users.first_admin import ensure_admin
from helpdesk_api.domain.users.verified_passwords import PasswordVerifier
from helpdesk_api.logs import configure_logs
from helpdesk_api.settings import Settings
from helpdesk_api.storage.files import LocalFiles

# How long running requests may take to end once a stop was asked for.
GRACE_SECONDS = 30


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (HELPDESK_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (HELPDESK_PORT).")] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes (HELPDESK_WORKERS).")] = None,
) -> None:
    """Run the service; with no HELPDESK_DATABASE_URL, together with a PostgreSQL of its own."""
    given = {"host": host, "port": port, "workers": workers}
    settings = load_settings().model_copy(update={name: value for name, value in given.items() if value is not None})
    configure_logs(settings.log_level, settings.log_format)
    signal.signal(signal.SIGTERM, _end)
    try:
        with database_url(settings) as url:
            _prepare(settings, url)
            # Workers are processes of their own: they read the database's address from the environment.
            os.environ["HELPDESK_DATABASE_URL"] = url
            _run_workers(settings)
    except KeyboardInterrupt:
        raise typer.Exit from None


def _end(_signal: int, _frame: FrameType | None) -> None:
    """Leave through every `with` block, so that the embedded server stops too."""
    raise typer.Exit


def _prepare(settings: Settings, url: str) -> None:
    try:
        generated = asyncio.run(_prepare_database(settings, url))
    except DatabaseUnavailable:
        stop("the database cannot be reached. See HELPDESK_DATABASE_URL.")
    except Invalid:
        stop(
            f"there is no admin, and {settings.admin_username!r} is somebody else's name: set HELPDESK_ADMIN_USERNAME."
        )
    if generated:
        typer.echo(f"Made the first admin: user name {settings.admin_username}, password {generated}")
        typer.echo("This password is shown only now.")


async def _prepare_database(settings: Settings, url: str) -> str | None:
    async with opened(url) as database:
        if settings.database_url is None:
            await upgrade_to_head(database.engine)
        elif await current_revision(database.engine) != head():
            stop("the database's schema is not up to date: run `helpdesk-api migrate` first.")
        await _sweep(settings, database)
        password = settings.admin_password.get_secret_value() if settings.admin_password else None
        verifier = PasswordVerifier(rounds=settings.password_rounds)
        async with unit_of_work(database.sessions) as session:
            return await ensure_admin(session, verifier, settings.admin_username, password)


async def _sweep(settings: Settings, database: Database) -> None:
    """Clear away what a killed process left in the media folder."""

    async def known(paths: Sequence[str]) -> set[str]:
        async with unit_of_work(database.sessions) as session:
            return await attachments.known_paths(session, paths)

    await LocalFiles(settings.media_dir).sweep(known)


def _run_workers(settings: Settings) -> None:
    config = uvicorn.Config(
        "helpdesk_api.main:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    socket = config.bind_socket()
    address = socket.getsockname()
    url = f"http://{'localhost' if settings.host in ('0.0.0.0', '::') else settings.host}:{address[1]}"  # noqa: S104
    typer.echo(f"helpdesk-api listens on {url} and explains itself on {url}/docs", err=False)
    if settings.workers > 1:
        Multiprocess(config, sockets=[socket]).run()
    else:
        uvicorn.Server(config).run(sockets=[socket])
