"""Runs commands of `helpdesk-api` in this process, on a test's database."""

from __future__ import annotations

import asyncio

from click.testing import Result
from typer.testing import CliRunner

from helpdesk_api.cli import app
from helpdesk_api.db.engine import Database


async def run_command(database: Database, *arguments: str, **settings: object) -> Result:
    """What a command said and ended with; in a thread, since commands bring their own event loop.

    `settings` are more of its `HELPDESK_*` variables, as in `media_root=folder`.
    """
    variables = {
        "HELPDESK_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "HELPDESK_PASSWORD_ROUNDS": "4",
        **{f"HELPDESK_{name.upper()}": str(value) for name, value in settings.items()},
    }
    return await asyncio.to_thread(CliRunner().invoke, app, arguments, env=variables)
