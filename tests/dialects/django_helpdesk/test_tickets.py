"""Support tickets at /api/tickets/: opened, shown, changed, deleted."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from clients import client_over
from factories import Account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.models import CustomField, Event, Queue, Ticket
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


async def test_patch_changes_what_is_sent(client: httpx.AsyncClient, admin: Account, open_ticket: Post) -> None:
    ticket, other = await open_ticket(description="As it was."), await open_ticket()
    changes = {
        "title": "Renamed",
        "resolution": "Water.",
        "submitter_email": "a@example.com",
        "assigned_to": admin.id,
        "status": 3,
        "on_hold": True,
        "priority": 1,
        "due_date": "2027-01-02T03:04:05Z",
        "merged_to": other["id"],
    }
    url = f"/api/tickets/{ticket['id']}/"
    changed = await client.patch(url, headers=admin.token, json=changes)
    assert (changed.status_code, changed.json()) == (200, {**ticket, **changes})
    nothing = await client.patch(url, headers=admin.token, json={})
    assert (nothing.status_code, nothing.json()) == (200, changed.json())
    cleared: dict[str, Any] = dict.fromkeys(("assigned_to", "due_date", "merged_to", "resolution"))
    emptied = await client.patch(url, headers=admin.token, json={**cleared, "submitter_email": None, "description": ""})
    expected = {**changed.json(), **cleared, "submitter_email": "", "description": ""}
    assert (emptied.status_code, emptied.json()) == (200, expected)
    assert (await client.get(url, headers=admin.token)).json() == emptied.json()


async def test_put_asks_for_what_is_required_and_keeps_the_rest(
    client: httpx.AsyncClient, admin: Account, queue: Queue, open_ticket: Post
) -> None:
    ticket = await open_ticket(description="Stays.", priority=1, assigned_to=admin.id)
    url = f"/api/tickets/{ticket['id']}/"
    refused = await client.put(url, headers=admin.token, json={})
    assert (refused.status_code, refused.json()) == (400, {"queue": REQUIRED, "title": REQUIRED})
    put = await client.put(url, headers=admin.token, json={"queue": queue.id, "title": "Renamed"})
    assert (put.status_code, put.json()) == (200, {**ticket, "title": "Renamed"})
    whole = await client.put(url, headers=admin.token, json=put.json())
    assert (whole.status_code, whole.json()) == (200, put.json())


async def test_a_box_that_a_form_leaves_out_is_not_ticked(
    client: httpx.AsyncClient, admin: Account, queue: Queue, open_ticket: Post
) -> None:
    url = f"/api/tickets/{(await open_ticket())['id']}/"
    await client.patch(url, headers=admin.token, json={"on_hold": True})
    patched = await client.patch(url, headers=admin.token, data={"title": "Renamed"})
    assert patched.json()["on_hold"] is True
    put = await client.put(url, headers=admin.token, data={"queue": queue.id, "title": "Renamed"})
    assert (put.status_code, put.json()["on_hold"]) == (200, False)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_file_that_comes_with_a_change_is_not_kept(
    client: httpx.AsyncClient, settings: Settings, admin: Account, queue: Queue, open_ticket: Post, method: str
) -> None:
    ticket = await open_ticket()
    form = {"queue": str(queue.id), "title": "Renamed"}
    answer = await client.request(
        method,
        f"/api/tickets/{ticket['id']}/",
        headers=admin.token,
        data=form,
        files={"attachment": ("note.txt", b"x", "text/plain")},
    )
    assert (answer.status_code, answer.json()) == (200, {**ticket, "title": "Renamed"})
    assert (stored_files(settings), left_overs(settings)) == ([], [])


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"status": 42}, {"status": ['"42" is not a valid choice.']}),
        ({"queue": None, "title": None}, {"queue": NULL, "title": NULL}),
        ({"queue": HUGE, "assigned_to": 0}, {"queue": missing(HUGE), "assigned_to": missing(0)}),
        (
            {"merged_to": 999_999, "title": ""},
            {"merged_to": missing(999_999), "title": ["This field may not be blank."]},
        ),
    ],
    ids=str,
)
async def test_a_wrong_change_changes_nothing(
    client: httpx.AsyncClient,
    admin: Account,
    open_ticket: Post,
    changes: dict[str, Any],
    errors: dict[str, list[str]],
) -> None:
    ticket = await open_ticket()
    url = f"/api/tickets/{ticket['id']}/"
    answer = await client.patch(url, headers=admin.token, json={"priority": 1, **changes})
    assert (answer.status_code, answer.json()) == (400, errors)
    assert (await client.get(url, headers=admin.token)).json() == ticket


async def test_a_ticket_is_not_merged_into_itself_nor_in_a_circle(
    client: httpx.AsyncClient, admin: Account, open_ticket: Post
) -> None:
    one, other = (await open_ticket())["id"], (await open_ticket())["id"]
    merged = await client.patch(f"/api/tickets/{one}/", headers=admin.token, json={"merged_to": other})
    assert (merged.status_code, merged.json()["merged_to"]) == (200, other)
    for source, target, message in (
        (one, one, "A ticket cannot be merged into itself."),
        (other, one, "That ticket is merged into this one already."),
    ):
        refused = await client.patch(f"/api/tickets/{source}/", headers=admin.token, json={"merged_to": target})
        assert (refused.status_code, refused.json()) == (400, {"merged_to": [message]})


async def test_a_deleted_ticket_is_gone(client: httpx.AsyncClient, admin: Account, open_ticket: Post) -> None:
    url = f"/api/tickets/{(await open_ticket())['id']}/"
    deleted = await client.delete(url, headers=admin.token)
    assert (deleted.status_code, deleted.content) == (204, b"")
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        again = await client.request(method, url, headers=admin.token)
        assert (again.status_code, again.json()) == (404, {"detail": "No Ticket matches the given query."})


async def test_both_kinds_are_listed_each_in_its_own_shape(
    client: httpx.AsyncClient, admin: Account, open_ticket: Post
) -> None:
    support = await open_ticket()
    upload = (await client.post("/api/tickets/", headers=admin.token, json={"limit": 2})).json()
    listed = (await client.get("/api/tickets/", headers=admin.token)).json()
    assert listed == {"count": 2, "next": None, "previous": None, "results": [support, upload]}


async def test_put_on_an_upload_ticket_asks_for_its_limit(client: httpx.AsyncClient, requester: Account) -> None:
    created = (await client.post("/api/tickets/", headers=requester.token, json={"limit": 2})).json()
    refused = await client.put(created["url"], headers=requester.token, json={})
    assert (refused.status_code, refused.json()) == (400, {"limit": REQUIRED})
    put = await client.put(created["url"], headers=requester.token, json={**created, "limit": 3})
    assert (put.status_code, put.json()) == (200, {**created, "limit": 3})


@pytest.mark.parametrize(("kind", "body"), [("support", {"limit": 3}), ("upload", {"queue": 1, "title": "x"})])
async def test_a_kind_that_is_switched_off_is_neither_taken_nor_shown(
    client: httpx.AsyncClient,
    database: Database,
    settings: Settings,
    admin: Account,
    open_ticket: Post,
    kind: str,
    body: dict[str, Any],
) -> None:
    support = (await open_ticket())["id"]
    upload = (await client.post("/api/tickets/", headers=admin.token, json={"limit": 2})).json()["url"].split("/")[-2]
    left, other = (support, upload) if kind == "support" else (upload, support)
    async with client_over(settings.model_copy(update={"ticket_kinds": [kind]}), database) as narrow:
        answers = {
            path: (await narrow.get(f"/api/tickets/{path}/", headers=admin.token)).status_code for path in (left, other)
        }
        listed = (await narrow.get("/api/tickets/", headers=admin.token)).json()
        gone = [
            (await narrow.request(method, f"/api/tickets/{other}/", headers=admin.token)).status_code
            for method in ("PUT", "PATCH", "DELETE")
        ]
        refused = await narrow.post("/api/tickets/", headers=admin.token, json=body)
    assert (answers, listed["count"], gone) == ({left: 200, other: 404}, 1, [404, 404, 404])
    expected = {"limit": REQUIRED} if kind == "upload" else {"queue": REQUIRED, "title": REQUIRED}
    assert (refused.status_code, refused.json()) == (400, expected)


async def test_custom_fields_come_last_and_a_required_one_is_asked_for(
    client: httpx.AsyncClient, session: Session, admin: Account, queue: Queue, open_ticket: Post
) -> None:
    before = await open_ticket()
    session.add_all(
        [
            CustomField(name="colour", label="Colour", data_type="list", list_values=["red", "green"], required=True),
            CustomField(name="weight", label="Weight", data_type="decimal", decimal_places=2, max_length=5),
            CustomField(name="secret", label="Secret", data_type="varchar", staff_only=True),
        ]
    )
    await session.flush()
    unset = (await client.get(f"/api/tickets/{before['id']}/", headers=admin.token)).json()
    assert unset == {**before, "custom_colour": None, "custom_weight": None, "custom_secret": None}
    assert list(unset)[-4:] == ["followup_set", "custom_colour", "custom_weight", "custom_secret"]
    wrong = {"queue": queue.id, "title": "", "custom_weight": "12.345", "custom_nope": 1}
    refused = await client.post("/api/tickets/", headers=admin.token, json=wrong)
    assert (refused.status_code, refused.json()) == (
        400,
        {
            "title": ["This field may not be blank."],
            "custom_colour": REQUIRED,
            "custom_weight": ["Ensure that there are no more than 2 decimal places."],
        },
    )
    ticket = await open_ticket(custom_colour="red", custom_weight=1.5, custom_secret="x")
    assert [ticket[f"custom_{name}"] for name in ("colour", "weight", "secret")] == ["red", "1.50", "x"]
    url = f"/api/tickets/{ticket['id']}/"
    patched = await client.patch(url, headers=admin.token, json={"custom_weight": None, "custom_secret": "y"})
    assert patched.json() == {**ticket, "custom_weight": None, "custom_secret": "y"}
    whole = {"queue": queue.id, "title": "x"}
    put = await client.put(url, headers=admin.token, json=whole)
    assert (put.status_code, put.json()) == (400, {"custom_colour": REQUIRED})
    put = await client.put(url, headers=admin.token, data={**whole, "custom_colour": "green", "custom_secret": ""})
    expected = {**patched.json(), "title": "x", "custom_colour": "green", "custom_secret": None}
    assert (put.status_code, put.json()) == (200, expected)
    listed = (await client.get("/api/tickets/", headers=admin.token)).json()["results"]
    assert listed == [unset, put.json()]
