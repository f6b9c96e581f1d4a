"""The commands of `helpdesk-api`, one module per story."""

from __future__ import annotations

from typing import Annotated

import typer

from helpdesk_api import __version__
from helpdesk_api.cli import (
    accounts,
    background,
    backup,
    doctor,
    mail,
    outstanding,
    serve,
    totals,
    upkeep,
    users_transfer,
)

app = typer.Typer(
    help="One helpdesk, three documented ticket APIs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"helpdesk-api {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options before any command."""


app.command("serve")(serve.serve)
app.command("worker")(background.worker)
app.command("migrate")(upkeep.migrate)
app.command("check")(upkeep.check)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("doctor")(doctor.doctor)
app.command("create-user")(accounts.create_user)
app.command("create-token")(accounts.create_token)
app.command("export-users")(users_transfer.export_users)
app.command("import-users")(users_transfer.import_users)
app.command("update-user-posts")(totals.update_user_posts)
app.command("update-user-assigned")(totals.update_user_assigned)
app.command("email-outstanding-tickets")(outstanding.email_outstanding_tickets)
app.command("send-test-email")(mail.send_test_email)
