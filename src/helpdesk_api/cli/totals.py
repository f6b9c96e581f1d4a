"""`update-user-posts` and `update-user-assigned`: count anew what users wrote and have to work on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import typer

from helpdesk_api.cli.environment import load_settings, require_schema, run
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.users.totals import Recount, recount_assigned, recount_posts

Recounting = Callable[[Session], Awaitable[Sequence[Recount]]]


def update_user_posts() -> None:
    """Count the tickets and replies of every user. Safe while the service runs."""
    _update("posts", recount_posts)


def update_user_assigned() -> None:
    """Count the tickets assigned to every user. Safe while the service runs."""
    _update("assigned tickets", recount_assigned)


def _update(counted: str, recounting: Recounting) -> None:
    async def update(database: Database) -> Sequence[Recount]:
        await require_schema(database)
        async with unit_of_work(database.sessions) as session:
            return await recounting(session)

    changed = run(load_settings(), update)
    for one in changed:
        typer.echo(f"{one.username}: {one.before} {counted} before, {one.after} now.")
    typer.echo(f"Users corrected: {len(changed)}")
