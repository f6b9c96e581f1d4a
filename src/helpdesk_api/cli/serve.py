"""`serve`: prepare the database, then run the workers until told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from types import FrameType
from typing import Annotated

import typer
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from helpdesk_api.cli.environment import (
    database_url,
    load_settings,
    media_folder,
    opened,
    require_schema,
    said_in_a_line,
    stop,
)
from helpdesk_api.cli.mail import load_templates
from helpdesk_api.db.engine import Database
from helpdesk_api.db.migrations import upgrade_to_head
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.attachments.sweeping import sweep_media
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.users.first_admin import ensure_admin
from helpdesk_api.domain.users.verified_passwords import PasswordVerifier
from helpdesk_api.logs import configure_logs
from helpdesk_api.serving.patient_protocol import PatientProtocol
from helpdesk_api.serving.service_manager import passed_socket
from helpdesk_api.settings import Settings

# A worker that says nothing for so long is replaced. It must have started by then, or none ever does: a busy machine
# takes longer than uvicorn's five seconds.
WORKER_PATIENCE_SECONDS = 20
BACKLOG = 2048
# It takes a hundred (db/embedded_server.py), of which a few stay free for whoever looks after it. Each worker has two
# beside its pools: one asks whether the server answers, one listens.
EMBEDDED_CONNECTIONS = 90


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (HELPDESK_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (HELPDESK_PORT).")] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes (HELPDESK_WORKERS).")] = None,
) -> None:
    """Run the service; with no HELPDESK_DATABASE_URL, together with a PostgreSQL of its own."""
    options = {"host": host, "port": port, "workers": workers}
    settings = load_settings(**{name: value for name, value in options.items() if value is not None})
    if settings.sends_mail and settings.background_work:
        load_templates(settings)
    configure_logs(settings.log_level, settings.log_format)
    signal.signal(signal.SIGTERM, _end)
    try:
        with database_url(settings) as url:
            with said_in_a_line():
                generated = asyncio.run(_prepare(settings, url))
            if generated:
                typer.echo(f"Made the first admin: user name {settings.admin_username}, password {generated}")
                typer.echo("This password is shown only now.")
            # Workers are processes of their own: they read the database's address from the environment.
            os.environ["HELPDESK_DATABASE_URL"] = url
            os.environ["HELPDESK_DATABASE_POOL_SIZE"] = str(pool_size_of_a_worker(settings))
            os.environ["HELPDESK_RATE_LIMIT_STORAGE"] = settings.rate_limit_address
            _run_workers(settings)
    except KeyboardInterrupt:
        raise typer.Exit from None


def pool_size_of_a_worker(settings: Settings) -> int:
    """What is set, but of the embedded server's connections no more than there are for every worker's two pools."""
    if settings.database_url is not None:
        return settings.database_pool_size
    return max(1, min(settings.database_pool_size, EMBEDDED_CONNECTIONS // (2 * settings.workers) - 1))


def _end(_signal: int, _frame: FrameType | None) -> None:
    """Leave through every `with` block, so that the embedded server stops too."""
    sys.exit()


async def _prepare(settings: Settings, url: str) -> str | None:
    """Bring everything into the state a worker needs; the first admin's password, if one had to be made up."""
    async with opened(url) as database:
        if settings.database_url is None:
            await upgrade_to_head(database.engine)
        else:
            await require_schema(database)
        async with media_folder(settings) as files:
            await sweep_media(database.sessions, files)
        return await _ensure_admin(settings, database)


async def _ensure_admin(settings: Settings, database: Database) -> str | None:
    given = settings.admin_password.get_secret_value() if settings.admin_password else None
    verifier = PasswordVerifier(rounds=settings.password_rounds)
    try:
        async with unit_of_work(database.sessions) as session:
            return await ensure_admin(session, verifier, settings.admin_username, given)
    except Invalid:
        name = settings.admin_username
        stop(f"there is no admin, and {name!r} is somebody else's name: set HELPDESK_ADMIN_USERNAME.")
    finally:
        await asyncio.to_thread(verifier.close)


def _run_workers(settings: Settings) -> None:
    listening = _listen(settings.host, settings.port)
    config = uvicorn.Config(
        "helpdesk_api.serving.worker:create_worker",
        factory=True,
        workers=settings.workers,
        loop="uvloop",
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=settings.keep_alive_timeout,
        timeout_graceful_shutdown=settings.grace_seconds,
        timeout_worker_healthcheck=WORKER_PATIENCE_SECONDS,
    )
    host, bound_port = listening.getsockname()[:2]
    url = f"http://{_reachable_name(host)}:{bound_port}"
    typer.echo(f"helpdesk-api listens on {url} and explains itself on {url}/docs")
    if settings.workers == 1:
        uvicorn.Server(config).run(sockets=[listening])
        return
    supervisor = _Supervisor(config, sockets=[listening])
    supervisor.run()
    if any(worker.exitcode == STARTUP_FAILURE for worker in supervisor.processes):
        raise typer.Exit(1)


class _Supervisor(Multiprocess):
    """Lets go of the socket together with the workers.

    Kept open until the last worker ended, it would go on taking connections, and reset them then.
    """

    def terminate_all(self) -> None:
        super().terminate_all()
        for listening in self.sockets:
            listening.close()


def _listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections from now on; they wait until a worker is there for them."""
    try:
        passed = passed_socket()
    except ValueError as error:
        stop(f"{error}.")
    if passed is not None:
        return passed
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host.strip("[]"), port))
        listening.listen(BACKLOG)
    except OSError as error:
        stop(f"cannot listen on {host}, port {port}: {error.strerror}. See HELPDESK_HOST and HELPDESK_PORT.")
    listening.set_inheritable(True)
    return listening


def _reachable_name(host: str) -> str:
    """What to write in a link to this host; every address of the machine has the local one among them."""
    if host in ("0.0.0.0", "::", "[::]", ""):  # noqa: S104  (compared, never listened on)
        return "localhost"
    return f"[{host.strip('[]')}]" if ":" in host else host
