"""A help desk of our own that the captured requests can be sent to: 30 tickets, follow-ups, files, custom fields."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, text

from factories import PASSWORD, Account, make_account
from helpdesk_api.db.session import Session
from helpdesk_api.models import Attachment, CustomField, FollowUp, Queue, Ticket
from helpdesk_api.models.custom_field import DATA_TYPES

BEGINNING = datetime(2026, 1, 5, 10, 30, 15, 123456, UTC)
SEQUENCES = ("users", "queues", "tickets", "followups", "attachments")
Play = Callable[[Mapping[str, str]], Awaitable[httpx.Response]]


@pytest.fixture
async def people(session: Session) -> dict[str, Account]:
    """An admin, an agent and a requester, with the ids they have in the captures."""
    # What is made from now on gets other ids than what is made here by hand.
    for name in SEQUENCES:
        await session.execute(text(f"SELECT setval('{name}_id_seq', greatest(nextval('{name}_id_seq'), 1000))"))
    found = {}
    for user_id, name in ((1, "admin"), (2, "staff"), (3, "carol")):
        roles = {"is_staff": name != "carol", "is_superuser": name == "admin"}
        found[name] = await make_account(session, name, id=user_id, email=f"{name}@example.com", **roles)
    return found


@pytest.fixture
async def desk(session: Session, people: dict[str, Account]) -> None:
    """The tickets, as far as the captures show them."""
    session.add(Queue(id=2, department_id=1, title="Billing", slug="billing"))
    await session.flush()
    await session.execute(insert(Ticket), [_ticket(number) for number in range(1, 31)])
    await session.execute(insert(FollowUp), [_followup(number) for number in range(1, 22)])
    await session.execute(insert(Attachment), [_attachment(number) for number in range(1, 3)])


def _ticket(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "kind": "support",
        "creator_id": 1,
        "queue_id": 2 if number % 3 == 0 else 1,
        "title": f"Ticket {number}",
        "description": f"Description {number}",
        "submitter_email": "carol@example.com" if number <= 3 else f"user{number}@example.com",
        "assignee_id": 1 if number % 2 == 0 else None,
        "status": (number - 1) % 5 + 1,
        "priority": (number - 1) % 5 + 1,
        "due_date": BEGINNING + timedelta(days=10) if number % 5 == 0 else None,
        "created_at": BEGINNING + timedelta(hours=number - 1),
    }


def _followup(number: int) -> dict[str, Any]:
    """Two on each of the first three tickets, the others on one."""
    place = 2 - number % 2
    return {
        "id": number,
        "ticket_id": (number + 1) // 2 if number <= 6 else 11,
        "author_id": 1,
        "title": f"Follow-up {place}",
        "comment": f"Comment {place}",
        "public": place == 1,
        "time_spent": None if place == 1 else timedelta(minutes=90),
        "created_at": BEGINNING + timedelta(hours=number, minutes=1),
    }


def _attachment(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "ticket_id": 1,
        "followup_id": 1,
        "uploader_id": 1,
        "path": f"helpdesk/attachments/{number}/log.txt",
        "filename": "log.txt",
        "mime_type": "text/plain",
        "size": 9,
        "sha256": bytes(32),
    }


@pytest.fixture
async def custom_fields(session: Session) -> None:
    """One custom field of each type; the e-mail address is for staff."""
    session.add_all(
        CustomField(
            name=kind,
            label=kind.title(),
            data_type=kind,
            list_values=["red", "green"] if kind == "list" else [],
            max_length={"varchar": 20, "text": 100, "decimal": 8}.get(kind),
            decimal_places=2 if kind == "decimal" else None,
            staff_only=kind == "email",
            ordering=place,
        )
        for place, kind in enumerate(DATA_TYPES)
    )
    await session.flush()


@pytest.fixture
def play(client: httpx.AsyncClient, people: dict[str, Account], desk: None) -> Play:
    """Sends a captured request, with credentials of our own."""

    async def send(request: Mapping[str, str]) -> httpx.Response:
        headers = {"Content-Type": request.get("content_type"), "Accept": request.get("accept")}
        if "authorization" in request:
            headers["Authorization"] = _authorization(request["authorization"], people)
        return await client.request(
            request["method"],
            request["path"],
            headers={name: value for name, value in headers.items() if value is not None},
            content=request.get("body", "").encode("latin-1"),
        )

    return send


def _authorization(words: str, people: dict[str, Account]) -> str:
    """A scheme and one of our people, or what the capture says, word for word."""
    scheme, _, name = words.partition(" ")
    if name not in people:
        return words
    if scheme == "basic":
        return "Basic " + base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()
    return f"{scheme} {people[name].secret}"
