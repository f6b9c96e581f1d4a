"""The help desk behind the captures of Flicket 0.3.5, as far as they show it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import delete, text

from clients import client_over
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.models import (
    Attachment,
    Department,
    Event,
    FollowUp,
    Queue,
    Revision,
    Subscription,
    Ticket,
    Token,
    User,
)
from helpdesk_api.security import hash_password, token_digest
from helpdesk_api.settings import Settings

ADMIN_TOKEN = "AdminTokenAdminTokenAdminTok0001"
CAROL_TOKEN = "CarolTokenCarolTokenCarolTok0001"
DEPARTMENTS = ("Design", "Manufacturing", "IT", "Quality", "Human Resources", "Commercial")
# Each with the number of its department.
CATEGORIES = (
    ("Dataset", 1),
    ("ECN", 1),
    ("ECR", 1),
    ("Other", 1),
    ("Process Planning", 2),
    ("Tooling", 2),
    ("Equipment", 2),
    ("Internet", 3),
    ("Intranet", 3),
    ("Procedures", 4),
    ("Manuals", 4),
    ("Holidays", 5),
    ("Sick Leave", 5),
    ("Approved Suppliers", 6),
)
START = datetime(2026, 1, 5, 9, 30, 15, tzinfo=UTC)


def users() -> list[object]:
    """An admin, and Carol, with the passwords and tokens of the requests."""
    admin, carol = (hash_password(word, rounds=4) for word in ("Adm1n-pass-9", "Carol-pass-9"))
    return [
        User(
            id=1, username="admin", password_hash=admin, email="admin@example.com", is_superuser=True, job_title="admin"
        ),
        User(id=2, username="notification", password_hash="!", email="admin@localhost"),
        User(
            id=3,
            username="carol",
            password_hash=carol,
            email="carol@example.com",
            first_name="Carol",
            last_name="Customer",
        ),
        Token(user_id=1, digest=token_digest(ADMIN_TOKEN)),
        Token(user_id=3, digest=token_digest(CAROL_TOKEN)),
    ]


def categories() -> list[object]:
    """Six departments with fourteen categories."""
    return [
        *(Department(id=number, name=name) for number, name in enumerate(DEPARTMENTS, 1)),
        *(
            Queue(id=number, title=title, slug=f"queue-{number}", department_id=department)
            for number, (title, department) in enumerate(CATEGORIES, 1)
        ),
    ]


def ticket(number: int) -> Ticket:
    """One of twelve, in each status and priority by turns; every other is assigned."""
    return Ticket(
        id=number,
        kind="support",
        creator_id=1,
        queue_id=number,
        title=f"Ticket {number}",
        description=f"Content {number}",
        submitter_email="admin@example.com",
        status=4 if number % 4 == 2 else 1,
        on_hold=number % 4 == 0,
        assignee_id=1 if number % 2 == 0 else None,
        priority=(4, 3, 2)[(number - 1) % 3],
        created_at=START + timedelta(hours=number),
        modified_at=datetime(2026, 1, 7, 1, 2, 3, tzinfo=UTC) if number == 2 else None,
        modified_by_id=3 if number == 2 else None,
    )


def conversation() -> list[object]:
    """What hangs on the first two tickets."""
    posted, edited = datetime(2026, 1, 6, 1, tzinfo=UTC), datetime(2026, 1, 8, tzinfo=UTC)
    said = {"ticket_id": 1, "title": "Ticket 1", "public": True, "created_at": posted}
    stored = {"ticket_id": 1, "uploader_id": 1, "size": 1, "sha256": b"\0" * 32}
    return [
        FollowUp(id=3, author_id=1, comment="Content 1", is_opening=True, **said),
        FollowUp(id=1, author_id=3, comment="Post 1 on 1", **said),
        FollowUp(id=2, author_id=1, comment="Post 2 on 1", modified_at=edited, modified_by_id=1, **said),
        Attachment(
            id=1,
            followup_id=3,
            path="a",
            short_name="abcd1234.png",
            filename="screen.png",
            mime_type="image/png",
            **stored,
        ),
        Attachment(
            id=2,
            followup_id=1,
            path="b",
            short_name="efgh5678.txt",
            filename="log.txt",
            mime_type="text/plain",
            **stored,
        ),
        Revision(id=1, ticket_id=1, editor_id=1, content="Old content 1", created_at=edited),
        Revision(id=2, ticket_id=1, followup_id=1, editor_id=3, content="Old post", created_at=edited),
        Subscription(id=1, ticket_id=1, user_id=1),
        Subscription(id=2, ticket_id=1, user_id=3),
        Subscription(id=3, ticket_id=2, user_id=1),
        Event(id=1, type="ticket.created", actor_id=1, ticket_id=1, created_at=START),
        Event(id=2, type="ticket.assigned", actor_id=1, ticket_id=1, recipient_id=3, created_at=edited),
        Event(
            id=3,
            type="ticket.status_changed",
            actor_id=1,
            ticket_id=1,
            changes={"stage": {"from": 1, "to": 2}},
            created_at=START,
        ),
    ]


@pytest.fixture
async def captured(session: Session, settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a desk like the captured one."""
    await session.execute(delete(Queue))
    await session.execute(delete(Department))
    for rows in (users(), categories(), [ticket(number) for number in range(1, 13)], conversation()):
        for row in rows:
            session.add(row)
            await session.flush()
    for table in ("departments", "queues", "tickets", "followups", "events", "subscriptions"):
        await session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 100)"))
    async with client_over(settings, database) as client:
        yield client
