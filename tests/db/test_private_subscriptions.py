"""The migration that tells who follows a ticket in public: what it makes of the followers there are."""

from __future__ import annotations

import os

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from factories import make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.migrations import alembic_config, upgrade_to_head
from helpdesk_api.db.revisions import script_folder
from helpdesk_api.models import Event, FollowUp, Queue, Subscription, Ticket

FOLLOWERS = ("opener", "assignee", "former assignee", "by hand", "public", "both", "private", "private opener")
HIDDEN = ["private"]


def revision_before() -> str:
    """The one before the migration, whatever its number."""
    revisions = ScriptDirectory(str(script_folder())).walk_revisions()
    found = next(one for one in revisions if os.path.basename(one.path).endswith("private_subscriptions.py"))
    return str(found.down_revision)


@pytest.fixture
async def engine_with_followers(empty_database: Database) -> AsyncEngine:
    """A database in which one ticket is followed for every reason there is, and another by its opener alone."""
    async with empty_database.sessions() as session, session.begin():
        ids = {name: (await make_account(session, name)).id for name in FOLLOWERS}
        queue = Queue(title="Any", slug="any", department_id=1)
        session.add(queue)
        await session.flush()
        common = {"kind": "support", "queue_id": queue.id, "title": "x", "description": "", "status": 1, "priority": 3}
        ticket = Ticket(creator_id=ids["opener"], assignee_id=ids["assignee"], submitter_email="", **common)
        other = Ticket(creator_id=ids["private opener"], submitter_email="", **common)
        session.add_all([ticket, other])
        await session.flush()

        def said(name: str, *, public: bool, on: Ticket = ticket) -> FollowUp:
            return FollowUp(ticket_id=on.id, author_id=ids[name], title="x", comment="x", public=public)

        session.add_all(
            [
                *(said(name, public=False) for name in FOLLOWERS if name not in ("public", "private opener")),
                said("public", public=True),
                said("both", public=True),
                said("private opener", public=False, on=other),
                Event(type="ticket.assigned", ticket_id=ticket.id, recipient_id=ids["former assignee"]),
                Event(type="subscription.created", ticket_id=ticket.id, recipient_id=ids["by hand"]),
                *(Subscription(ticket_id=ticket.id, user_id=ids[name]) for name in FOLLOWERS[:-1]),
                Subscription(ticket_id=other.id, user_id=ids["private opener"]),
            ]
        )
    return empty_database.engine


async def test_those_who_only_replied_in_private_are_hidden(engine_with_followers: AsyncEngine) -> None:
    async with engine_with_followers.connect() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), revision_before()))
        await connection.commit()
    await upgrade_to_head(engine_with_followers)
    hidden = "SELECT username FROM subscriptions s JOIN users u ON u.id = s.user_id WHERE NOT s.public"
    async with engine_with_followers.connect() as connection:
        assert list((await connection.execute(text(hidden))).scalars()) == HIDDEN
