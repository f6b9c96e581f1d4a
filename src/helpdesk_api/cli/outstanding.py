"""`email-outstanding-tickets`: remind people of their open tickets, or show who would be."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import typer

from helpdesk_api.cli.environment import load_settings, require_schema, run, stop
from helpdesk_api.cli.mail import NOT_SET_UP
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.notifications.digests import plan_digests
from helpdesk_api.domain.tickets.outstanding import Outstanding, list_outstanding
from helpdesk_api.mail.configuration import host_of
from helpdesk_api.models import Ticket


def email_outstanding_tickets(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show who would get what; nothing is sent.")] = False,
) -> None:
    """Remind every user of the open tickets they opened or are assigned.

    The service, or `helpdesk-api worker`, sends what this plans, and goes on trying where a mail server is away.
    """
    settings = load_settings()
    if dry_run:
        _show_all(run(settings, _find))
        return
    if not settings.sends_mail:
        stop(f"{NOT_SET_UP} Use --dry-run to see who would get what.")
    planned = run(settings, partial(_plan, host=host_of(settings)))
    for address in planned:
        typer.echo(address)
    typer.echo(f"E-mails that will be sent: {len(planned)}")


async def _find(database: Database) -> list[Outstanding]:
    await require_schema(database)
    return await list_outstanding(database.read_sessions())


async def _plan(database: Database, host: str) -> list[str]:
    await require_schema(database)
    async with unit_of_work(database.sessions) as session:
        return await plan_digests(session, host)


def _show_all(found: Sequence[Outstanding]) -> None:
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
