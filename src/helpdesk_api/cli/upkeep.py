"""`migrate` and `check`: bring the schema up to date, and look whether the service could start."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

import typer

from helpdesk_api.cli.environment import load_settings, media_folder, require_schema, run, stop
from helpdesk_api.cli.mail import check_mail
from helpdesk_api.db.engine import Database
from helpdesk_api.db.migrations import upgrade_to_head
from helpdesk_api.db.revisions import current_revision
from helpdesk_api.settings import Settings
from helpdesk_api.storage.clamav import ClamAV
from helpdesk_api.storage.errors import ScannerUnavailable


def migrate(
    lock_timeout: Annotated[
        float, typer.Option(min=0.001, help="Seconds to wait, three times, for a table that a transaction uses.")
    ] = 5,
) -> None:
    """Bring the database's schema up to date. Safe to run again, and while the service runs."""
    run(load_settings(), partial(_migrate, lock_timeout=lock_timeout))


async def _migrate(database: Database, lock_timeout: float) -> None:
    before = await current_revision(database.engine)
    await upgrade_to_head(database.engine, lock_timeout)
    after = await current_revision(database.engine)
    typer.echo(f"The schema is at {after}." if before == after else f"Migrated from {before or 'nothing'} to {after}.")


def check() -> None:
    """Check the settings, and reach the database, the media folder, the virus scanner and the mail server."""
    settings = load_settings()
    typer.echo("settings: ok")

    async def look(database: Database) -> str | None:
        if settings.database_url is not None:  # `serve` migrates the embedded one by itself
            await require_schema(database)
        return await current_revision(database.engine)

    typer.echo(f"database: ok (schema at {run(settings, look) or 'nothing yet'})")
    asyncio.run(_check_media(settings))
    typer.echo(f"media folder {settings.media_dir}: ok")
    if settings.clamav_address:
        asyncio.run(_check_scanner(settings.clamav_address))
        typer.echo(f"virus scanner {settings.clamav_address}: ok")
    if settings.sends_mail:
        check_mail(settings)


async def _check_scanner(address: str) -> None:
    try:
        await ClamAV(address).check()
    except ScannerUnavailable as error:
        stop(f"the virus scanner {address} cannot be used: {error}")


async def _check_media(settings: Settings) -> None:
    async with media_folder(settings):
        pass
