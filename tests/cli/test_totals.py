"""`update-user-posts` and `update-user-assigned`."""

from __future__ import annotations

from sqlalchemy import update

from commands import run_command
from factories import make_account, make_department, make_queue
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.models import FollowUp, Ticket, User


async def prepare(database: Database) -> None:
    """Ann opens two tickets and replies once to the one Bob is assigned; nothing of it is counted."""
    async with unit_of_work(database.sessions) as session:
        ann, bob = await make_account(session, "ann"), await make_account(session, "bob")
        queue = await make_queue(session, "Dataset", await make_department(session, "Design"))
        common = {"kind": "support", "creator_id": ann.id, "queue_id": queue.id, "title": "t", "description": "d"}
        common |= {"submitter_email": "", "status": 1, "priority": 3}
        tickets = [Ticket(**common, assignee_id=bob.id), Ticket(**common)]
        # An upload ticket is no post.
        session.add_all([*tickets, Ticket(kind="upload", creator_id=ann.id, file_limit=1)])
        await session.flush()
        said = {"ticket_id": tickets[0].id, "author_id": ann.id, "title": "t"}
        session.add_all(
            [
                FollowUp(**said, comment="d", is_opening=True),
                FollowUp(**said, comment="a reply"),
                FollowUp(**said, comment=""),
            ]
        )


async def test_posts_are_tickets_opened_and_replies(empty_database: Database) -> None:
    await prepare(empty_database)
    result = await run_command(empty_database, "update-user-posts")
    assert (result.exit_code, result.stdout) == (0, "ann: 0 posts before, 3 now.\nUsers corrected: 1\n")
    again = await run_command(empty_database, "update-user-posts")
    assert (again.exit_code, again.stdout) == (0, "Users corrected: 0\n")


async def test_assigned_are_the_tickets_somebody_has_now(empty_database: Database) -> None:
    await prepare(empty_database)
    async with unit_of_work(empty_database.sessions) as session:
        await session.execute(update(User).values(total_assigned=5))
    result = await run_command(empty_database, "update-user-assigned")
    assert (result.exit_code, result.stdout) == (
        0,
        "ann: 5 assigned tickets before, 0 now.\nbob: 5 assigned tickets before, 1 now.\nUsers corrected: 2\n",
    )
