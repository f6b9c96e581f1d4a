"""`worker`: a process that does the background work and nothing else."""

from __future__ import annotations

import asyncio
import signal

import typer
import uvloop

from helpdesk_api.background.running import background_work
from helpdesk_api.cli.environment import database_url, load_settings, require_schema, said_in_a_line
from helpdesk_api.db.engine import open_database
from helpdesk_api.logs import configure_logs
from helpdesk_api.serving.service_manager import tell
from helpdesk_api.settings import Settings


def worker() -> None:
    """Number events, send deliveries and do periodic work, beside any number of others that do. SIGTERM ends it."""
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    with database_url(settings, beside=True) as url, said_in_a_line():
        uvloop.run(_work(settings, url))


async def _work(settings: Settings, url: str) -> None:
    told_to_end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_end.set)
    database = open_database(url, settings.database_pool_size)
    try:
        await require_schema(database)
        async with database.watched(), background_work(settings, database), database.listening():
            typer.echo("helpdesk-api does the background work")
            tell("READY=1")
            await told_to_end.wait()
    finally:
        await database.close()
