"""`email-outstanding-tickets`: who would be reminded of which tickets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from helpdesk_api.cli.environment import load_settings, require_schema, run, stop
from helpdesk_api.db.engine import Database
from helpdesk_api.domain.tickets.outstanding import Outstanding, list_outstanding
from helpdesk_api.models import Ticket


def email_outstanding_tickets(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show who would get what; nothing is sent.")] = False,
) -> None:
    """Remind every user of the open tickets they opened or are assigned. Only with --dry-run so far."""
    if not dry_run:
        stop("e-mail cannot be sent: mail servers are not supported yet. Use --dry-run to see who would get what.")

    async def find(database: Database) -> list[Outstanding]:
        await require_schema(database)
        session = database.read_sessions()
        return await list_outstanding(session)

    found = run(load_settings(), find)
    for one in found:
        typer.echo(f"{one.user.username} <{one.user.email}>:" if one.user.email else _without_address(one))
        _show("opened", one.created)
        _show("assigned", one.assigned)
    typer.echo(f"E-mails that would be sent: {sum(bool(one.user.email) for one in found)}")


def _without_address(one: Outstanding) -> str:
    return f"{one.user.username} has no e-mail address and would get nothing:"


def _show(how: str, tickets: Sequence[Ticket]) -> None:
    for ticket in tickets:
        typer.echo(f"  {how}: #{ticket.id} {_on_one_line(ticket.title or '')}")


def _on_one_line(title: str) -> str:
    # Whoever writes titles does not get to write control sequences to a terminal.
    return "".join(character if character.isprintable() else " " for character in title)
