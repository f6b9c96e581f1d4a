"""`create-user` and `create-token`: accounts without the API."""

from __future__ import annotations

from typing import Annotated

import typer

from helpdesk_api.cli.environment import load_settings, require_schema, run, stop
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.tokens import service as tokens
from helpdesk_api.domain.users import service as users
from helpdesk_api.domain.users.commands import NewUser
from helpdesk_api.domain.users.verified_passwords import PasswordVerifier


def create_user(
    username: Annotated[str, typer.Argument(help="Letters, digits and @/./+/-/_.")],
    password: Annotated[
        str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True, help="Asked for when left out.")
    ],
    email: Annotated[str, typer.Option(help="Support tickets sent from this address are the user's own.")] = "",
    first_name: Annotated[str, typer.Option()] = "",
    last_name: Annotated[str, typer.Option()] = "",
    staff: Annotated[bool, typer.Option("--staff", help="An agent, who sees and answers every ticket.")] = False,
    admin: Annotated[bool, typer.Option("--admin", help="An admin, who also manages accounts and roles.")] = False,
) -> None:
    """Make an account."""
    settings = load_settings()
    new = NewUser(username, password, first_name, last_name, email, is_staff=staff or admin, is_superuser=admin)

    async def make(database: Database) -> int:
        await require_schema(database)
        verifier = PasswordVerifier(rounds=settings.password_rounds)
        async with unit_of_work(database.sessions) as session:
            return (await users.create_user(session, users.COMMAND_LINE, verifier, new)).id

    typer.echo(f"Made user {username} with id {run(settings, make)}.")


def create_token(username: Annotated[str, typer.Argument(help="Whose token it is.")]) -> None:
    """Make a token for an account and print it; it cannot be shown again."""

    async def make(database: Database) -> str:
        await require_schema(database)
        async with unit_of_work(database.sessions) as session:
            user = await users.find_active(session, username)
            if user is None:
                stop(f"there is no active user {username}.")
            return await tokens.issue_token(session, user)

    typer.echo(run(load_settings(), make))
