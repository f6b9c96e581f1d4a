"""Support tickets at /api/tickets/: opened and shown."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import Event, Queue, Ticket
from helpdesk_api.settings import Settings
from uploading import left_overs, stored_files

Post = Callable[..., Awaitable[dict[str, Any]]]
REQUIRED = ["This field is required."]
NULL = ["This field may not be null."]
HUGE = 10**30


def missing(pk: object) -> list[str]:
    """What is said of an id that is nobody's."""
    return [f'Invalid pk "{pk}" - object does not exist.']


async def test_a_ticket_is_shown_with_exactly_its_fields(
    client: httpx.AsyncClient, admin: Account, queue: Queue
) -> None:
    body = {
        "queue": queue.id,
        "title": "Test Ticket API",
        "description": "Test create ticket from API",
        "submitter_email": "test@mail.com",
        "priority": 4,
    }
    created = await client.post("/api/tickets/", headers=admin.basic, json=body)
    ticket = created.json()["id"]
    opening = created.json()["followup_set"][0]
    assert (created.status_code, created.json()) == (
        201,
        {
            "id": ticket,
            **body,
            "resolution": None,
            "assigned_to": None,
            "status": 1,
            "on_hold": False,
            "due_date": None,
            "merged_to": None,
            "followup_set": [
                {
                    "id": opening["id"],
                    "ticket": ticket,
                    "user": admin.id,
                    "title": "Ticket Opened",
                    "comment": "Test create ticket from API",
                    "public": True,
                    "new_status": None,
                    "time_spent": None,
                    "followupattachment_set": [],
                    "date": opening["date"],
                    "message_id": None,
                    "email_recipients": [],
                }
            ],
        },
    )
    assert opening["date"].endswith("Z")
    for path in (f"/api/tickets/{ticket}/", f"/api/tickets/{ticket}", f"/api/tickets/{ticket}.json"):
        shown = await client.get(path, headers=admin.basic)
        assert (shown.status_code, shown.json()) == (200, created.json())
    listed = await client.get("/api/tickets/", headers=admin.basic)
    assert listed.json() == {"count": 1, "next": None, "previous": None, "results": [created.json()]}


async def test_what_is_left_out_has_a_default(open_ticket: Post) -> None:
    ticket = await open_ticket()
    names = ("description", "submitter_email", "priority", "due_date", "assigned_to")
    assert [ticket[name] for name in names] == ["", "", 3, None, None]
    assert ticket["followup_set"][0]["comment"] == ""


async def test_a_new_ticket_begins_open_whatever_is_sent(open_ticket: Post) -> None:
    other = await open_ticket()
    sent = {"status": 3, "on_hold": True, "resolution": "done", "merged_to": other["id"], "id": 5, "followup_set": [1]}
    ticket = await open_ticket(**sent, unknown="x")
    names = ("status", "on_hold", "resolution", "merged_to")
    assert [ticket[name] for name in names] == [1, False, None, None]
    assert (ticket["id"] != 5, len(ticket["followup_set"]), "unknown" in ticket) == (True, 1, False)


async def test_dates_are_shown_in_utc(open_ticket: Post) -> None:
    shown = [
        (await open_ticket(due_date=sent))["due_date"]
        for sent in ("2026-02-03T04:05:06+02:00", "2026-02-03T04:05:06.5", "2026-02-03", None)
    ]
    assert shown == ["2026-02-03T02:05:06Z", "2026-02-03T04:05:06.500000Z", "2026-02-03T00:00:00Z", None]


@pytest.mark.parametrize("kind", ["json", "data", "files"])
async def test_json_form_and_multipart_say_the_same(
    client: httpx.AsyncClient, admin: Account, queue: Queue, kind: str
) -> None:
    values: dict[str, Any] = {"queue": str(queue.id), "title": " 123 ", "priority": "2", "assigned_to": str(admin.id)}
    body = {name: (None, value) for name, value in values.items()} if kind == "files" else values
    created = await client.post("/api/tickets/", headers=admin.basic, **{kind: body})
    ticket = created.json()
    assert created.status_code == 201
    assert [ticket[name] for name in ("queue", "title", "priority", "assigned_to")] == [queue.id, "123", 2, admin.id]
    assert ticket["followup_set"][0]["title"] == "Ticket Opened & Assigned to admin"


async def test_a_file_that_comes_with_a_ticket_hangs_on_its_opening(
    client: httpx.AsyncClient, admin: Account, queue: Queue
) -> None:
    form = {"queue": str(queue.id), "title": "With a file", "priority": "2"}
    created = await client.post(
        "/api/tickets/", headers=admin.basic, data=form, files={"attachment": ("../../x y.txt", b"hello", "text/plain")}
    )
    opening = created.json()["followup_set"][0]
    (attachment,) = opening["followupattachment_set"]
    assert created.status_code == 201
    assert attachment == {
        "id": attachment["id"],
        "followup": opening["id"],
        "file": attachment["file"],
        "filename": "x y.txt",
        "mime_type": "text/plain",
        "size": 5,
    }
    assert attachment["file"].startswith("http://localhost:8000/media/helpdesk/attachments/")
    assert attachment["file"].endswith(f"/{opening['id']}/x_y.txt")
    assert (await client.get(attachment["file"], headers=admin.basic)).content == b"hello"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [("evil.exe", b"MZ", "Unsupported file extension: .exe"), ("empty.txt", b"", "The submitted file is empty.")],
)
async def test_a_file_that_is_refused_opens_no_ticket(
    client: httpx.AsyncClient,
    session: Session,
    settings: Settings,
    admin: Account,
    queue: Queue,
    name: str,
    content: bytes,
    message: str,
) -> None:
    form = {"queue": str(queue.id), "title": "x"}
    answer = await client.post("/api/tickets/", headers=admin.token, data=form, files={"attachment": (name, content)})
    assert (answer.status_code, answer.json()) == (400, {"attachment": [message]})
    assert await session.scalar(select(func.count(Ticket.id))) == 0
    assert (stored_files(settings), left_overs(settings)) == ([], [])


WRONG: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    ({}, {"queue": REQUIRED, "title": REQUIRED}),
    ({"queue": None, "title": None}, {"queue": NULL, "title": NULL}),
    (
        {"queue": 999, "title": "", "assigned_to": 999, "merged_to": 999, "priority": 9, "status": 9},
        {
            "queue": missing(999),
            "title": ["This field may not be blank."],
            "assigned_to": missing(999),
            "merged_to": missing(999),
            "priority": ['"9" is not a valid choice.'],
            "status": ['"9" is not a valid choice.'],
        },
    ),
    (
        {"queue": HUGE, "title": "t" * 201, "assigned_to": -HUGE, "merged_to": str(HUGE), "priority": "high"},
        {
            "queue": missing(HUGE),
            "title": ["Ensure this field has no more than 200 characters."],
            "assigned_to": missing(-HUGE),
            "merged_to": missing(HUGE),
            "priority": ['"high" is not a valid choice.'],
        },
    ),
    (
        {"queue": True, "title": True, "assigned_to": [1], "merged_to": {}, "on_hold": "maybe", "due_date": "tomorrow"},
        {
            "queue": ["Incorrect type. Expected pk value, received bool."],
            "title": ["Not a valid string."],
            "assigned_to": ["Incorrect type. Expected pk value, received list."],
            "merged_to": ["Incorrect type. Expected pk value, received dict."],
            "on_hold": ["Must be a valid boolean."],
            "due_date": [
                "Datetime has wrong format. Use one of these formats instead: "
                "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
            ],
        },
    ),
    (
        {"queue": "abc", "title": "a\0b", "description": "\ud800", "submitter_email": "nobody", "priority": None},
        {
            "queue": ["Incorrect type. Expected pk value, received str."],
            "title": ["Null characters are not allowed."],
            "description": ["Surrogate characters are not allowed: U+D800."],
            "submitter_email": ["Enter a valid email address."],
            "priority": NULL,
        },
    ),
    (
        {"queue": 1.5, "title": [], "description": None, "resolution": {}, "due_date": "9999-12-31T23:59:59-14:00"},
        {
            "queue": ["Incorrect type. Expected pk value, received float."],
            "title": ["Not a valid string."],
            "description": NULL,
            "resolution": ["Not a valid string."],
            "due_date": ["Datetime value out of range."],
        },
    ),
]


@pytest.mark.parametrize(("body", "errors"), WRONG, ids=lambda value: str(sorted(value)))
async def test_every_wrong_field_is_named_at_once_and_nothing_is_stored(
    client: httpx.AsyncClient, session: Session, admin: Account, body: dict[str, Any], errors: dict[str, list[str]]
) -> None:
    answer = await client.post(
        "/api/tickets/", headers=admin.token | {"Content-Type": "application/json"}, content=json.dumps(body)
    )
    assert (answer.status_code, answer.json()) == (400, errors)
    assert await session.scalar(select(func.count(Ticket.id))) == 0
    assert await session.scalar(select(func.count(Event.id))) == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{bad", {"detail": None}),
        (b'{"queue": NaN}', {"detail": None}),
        (b'{"title": "\xff"}', {"detail": None}),
        (b"[1, 2]", {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
        (b"null", {"non_field_errors": ["No data provided"]}),
        (b"", {"queue": REQUIRED, "title": REQUIRED}),
    ],
)
async def test_a_body_that_is_no_object_is_refused(
    client: httpx.AsyncClient, admin: Account, body: bytes, said: dict[str, Any]
) -> None:
    headers = admin.token | {"Content-Type": "application/json"}
    answer = await client.post("/api/tickets/", headers=headers, content=body)
    shown = answer.json()
    assert (answer.status_code, {name: said[name] and value for name, value in shown.items()}) == (400, said)


async def test_the_longest_values_are_taken(open_ticket: Post) -> None:
    due = "9999-12-31T23:59:59.999998Z"
    ticket = await open_ticket(title="t" * 200, description="d" * 500_000, due_date=due)
    assert (len(ticket["title"]), len(ticket["description"]), ticket["due_date"]) == (200, 500_000, due)


async def test_a_plain_user_opens_upload_tickets_only_and_is_told_so_first(
    client: httpx.AsyncClient, requester: Account, queue: Queue
) -> None:
    forbidden = {"detail": "You do not have permission to perform this action."}
    for body in ({}, {"queue": queue.id, "title": "x"}, {"limit": 0, "title": ""}, {"queue": HUGE}):
        answer = await client.post("/api/tickets/", headers=requester.token, json=body)
        assert (answer.status_code, answer.json()) == (403, forbidden)
    files = {"attachment": ("note.txt", b"x")}
    answer = await client.post("/api/tickets/", headers=requester.token, data={"title": "x"}, files=files)
    assert (answer.status_code, answer.json()) == (403, forbidden)
    assert (await client.post("/api/tickets/", headers=requester.token, json={"limit": 2})).status_code == 200


async def test_a_limit_beside_a_title_is_a_support_ticket(open_ticket: Post) -> None:
    assert "limit" not in await open_ticket(limit=5)
