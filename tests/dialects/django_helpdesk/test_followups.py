"""/api/followups/: what is said on support tickets."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import FollowUp
from helpdesk_api.settings import Settings
from uploading import left_overs, stored_files

Post = Callable[..., Awaitable[dict[str, Any]]]
REQUIRED = ["This field is required."]
NO_DURATION = ["Duration has wrong format. Use one of these formats instead: [DD] [HH:[MM:]]ss[.uuuuuu]."]
OUT_OF_RANGE = ["The number of days must be between -999999999 and 999999999."]
HUGE = 10**30


async def test_a_follow_up_is_shown_with_exactly_its_fields(
    client: httpx.AsyncClient, admin: Account, open_ticket: Post
) -> None:
    ticket = (await open_ticket())["id"]
    created = await client.post("/api/followups/", headers=admin.basic, json={"ticket": ticket})
    said = created.json()
    assert (created.status_code, said) == (
        201,
        {
            "id": said["id"],
            "ticket": ticket,
            "user": admin.id,
            "title": "Printer on fire",
            "comment": "",
            "public": False,
            "new_status": None,
            "time_spent": None,
            "followupattachment_set": [],
            "date": said["date"],
            "message_id": None,
            "email_recipients": [],
        },
    )
    assert said["date"].endswith("Z")
    shown = await client.get(f"/api/followups/{said['id']}/", headers=admin.basic)
    assert (shown.status_code, shown.json()) == (200, said)
    whole = (await client.get(f"/api/tickets/{ticket}/", headers=admin.basic)).json()
    assert whole["followup_set"][1] == said
    listed = (await client.get("/api/followups/", headers=admin.basic)).json()
    assert listed == {"count": 2, "next": None, "previous": None, "results": whole["followup_set"]}


async def test_text_is_kept_as_it_is(open_ticket: Post, say: Post) -> None:
    text = "id={{ ticket.id }} q={{ queue.title }} {% now 'Y' %} #1 #2 <b>&"
    ticket, other = await open_ticket(), await open_ticket()
    said = await say(ticket["id"], f"{text} see #{other['id']}", title=text)
    assert (said["comment"], said["title"]) == (f"{text} see #{other['id']}", text)


async def test_a_follow_up_elsewhere_is_not_told_of_a_ticket_it_names(
    client: httpx.AsyncClient, admin: Account, open_ticket: Post, say: Post
) -> None:
    named = await open_ticket()
    await say((await open_ticket())["id"], f"See #{named['id']}")
    assert (await client.get(f"/api/tickets/{named['id']}/", headers=admin.token)).json() == named


async def test_resolving_moves_the_ticket_and_keeps_the_comment_as_resolution(
    client: httpx.AsyncClient, admin: Account, open_ticket: Post
) -> None:
    ticket = await open_ticket()
    body = {"ticket": ticket["id"], "title": "Its own", "comment": "Water.", "new_status": "3", "public": "yes"}
    said = (await client.post("/api/followups/", headers=admin.token, json=body)).json()
    assert [said[name] for name in ("title", "new_status", "public")] == ["Its own", 3, True]
    now = (await client.get(f"/api/tickets/{ticket['id']}/", headers=admin.token)).json()
    expected = {"status": 3, "resolution": "Water.", "followup_set": [*ticket["followup_set"], said]}
    assert now == {**ticket, **expected}
    plain = (
        await client.post("/api/followups/", headers=admin.token, json={**body, "title": None, "new_status": 2})
    ).json()
    assert plain["title"] == "Printer on fire and Reopened"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("3 04:05:06.5", "3 04:05:06.500000"),
        (90, "00:01:30"),
        ("90", "00:01:30"),
        (0.5, "00:00:00.500000"),
        ("1:30:00", "01:30:00"),
        ("5:06,25", "00:05:06.250000"),
        ("1 day, 4:05", "1 00:04:05"),
        ("-1 00:00:01", "-1 00:00:01"),
        ("-0:00:01", "-1 23:59:59"),
        ("25:00:00", "1 01:00:00"),
        ("P3DT4H5M6.5S", "3 04:05:06.500000"),
        ("-P1D", "-1 00:00:00"),
        ("999999999 23:59:59.999999", "999999999 23:59:59.999999"),
        ("-999999999 00:00:00", "-999999999 00:00:00"),
        (None, None),
    ],
)
async def test_a_time_spent_is_read_and_written_as_drf_does(
    client: httpx.AsyncClient, admin: Account, open_ticket: Post, sent: object, shown: str | None
) -> None:
    body = {"ticket": (await open_ticket())["id"], "time_spent": sent}
    said = await client.post("/api/followups/", headers=admin.token, json=body)
    assert (said.status_code, said.json()["time_spent"]) == (201, shown)
    again = await client.get(f"/api/followups/{said.json()['id']}/", headers=admin.token)
    assert again.json()["time_spent"] == shown


WRONG: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"ticket": REQUIRED}),
    (
        {"ticket": 9999, "new_status": 9, "public": "maybe", "comment": None, "title": "t" * 201, "time_spent": "long"},
        {
            "ticket": ['Invalid pk "9999" - object does not exist.'],
            "new_status": ['"9" is not a valid choice.'],
            "public": ["Must be a valid boolean."],
            "comment": ["This field may not be null."],
            "title": ["Ensure this field has no more than 200 characters."],
            "time_spent": NO_DURATION,
        },
    ),
    (
        {"ticket": HUGE, "comment": "\0", "title": "\ud800", "time_spent": "9" * 30, "attachments": "abc"},
        {
            "ticket": [f'Invalid pk "{HUGE}" - object does not exist.'],
            "comment": ["Null characters are not allowed."],
            "title": ["Surrogate characters are not allowed: U+D800."],
            "time_spent": OUT_OF_RANGE,
            "attachments": ['Expected a list of items but got type "str".'],
        },
    ),
    (
        {"ticket": {}, "comment": [], "new_status": [], "public": None, "time_spent": {}, "attachments": ["abc", None]},
        {
            "ticket": ["Incorrect type. Expected pk value, received dict."],
            "comment": ["Not a valid string."],
            "new_status": ['"[]" is not a valid choice.'],
            "public": ["This field may not be null."],
            "time_spent": NO_DURATION,
            "attachments": {
                "0": ["The submitted data was not a file. Check the encoding type on the form."],
                "1": ["The submitted data was not a file. Check the encoding type on the form."],
            },
        },
    ),
]


@pytest.mark.parametrize(("body", "errors"), WRONG, ids=lambda value: str(sorted(value)))
async def test_every_wrong_field_is_named_at_once_and_nothing_is_stored(
    client: httpx.AsyncClient, session: Session, admin: Account, body: dict[str, Any], errors: dict[str, Any]
) -> None:
    headers = admin.token | {"Content-Type": "application/json"}
    answer = await client.post("/api/followups/", headers=headers, content=json.dumps(body))
    assert (answer.status_code, answer.json()) == (400, errors)
    assert await session.scalar(select(func.count(FollowUp.id))) == 0


@pytest.mark.parametrize(
    ("time_spent", "messages"),
    [
        (True, NO_DURATION),
        ("", NO_DURATION),
        ("1:2:3:4", NO_DURATION),
        ("P1Y", NO_DURATION),
        ("P", NO_DURATION),
        ("PT", NO_DURATION),
        ("1e300", NO_DURATION),
        (1e300, NO_DURATION),
        ("9" * 100, NO_DURATION),
        ("\0", NO_DURATION),
        ("1000000000 00:00:00", OUT_OF_RANGE),
        ("-1000000000 00:00:00", OUT_OF_RANGE),
        (10**25, OUT_OF_RANGE),
        (f"P{10**25}D", OUT_OF_RANGE),
    ],
    ids=lambda value: repr(value)[:30],
)
async def test_what_is_no_time_spent_is_refused(
    client: httpx.AsyncClient, admin: Account, open_ticket: Post, time_spent: object, messages: list[str]
) -> None:
    body = {"ticket": (await open_ticket())["id"], "time_spent": time_spent}
    answer = await client.post("/api/followups/", headers=admin.token, json=body)
    assert (answer.status_code, answer.json()) == (400, {"time_spent": messages})


async def test_an_upload_ticket_has_no_follow_ups(client: httpx.AsyncClient, admin: Account) -> None:
    upload = (await client.post("/api/tickets/", headers=admin.token, json={"limit": 2})).json()["url"].split("/")[-2]
    answer = await client.post("/api/followups/", headers=admin.token, json={"ticket": upload})
    assert (answer.status_code, answer.json()) == (400, {"ticket": [f'Invalid pk "{upload}" - object does not exist.']})


@pytest.mark.parametrize("names", [("attachments", "attachments"), ("attachments[0]", "attachments[1]")])
async def test_many_files_may_come_with_a_follow_up(
    client: httpx.AsyncClient, admin: Account, open_ticket: Post, names: tuple[str, str]
) -> None:
    ticket = (await open_ticket())["id"]
    files = [(names[0], ("b.txt", b"bb", "text/plain")), (names[1], ("a.txt", b"a", "text/plain"))]
    form = {"ticket": str(ticket), "title": "Test ticket answer", "comment": "Files.", "attachments": ""}
    said = await client.post("/api/followups/", headers=admin.basic, data=form, files=files)
    attachments = said.json()["followupattachment_set"]
    assert said.status_code == 201
    assert [(one["filename"], one["size"], one["followup"]) for one in attachments] == [
        ("a.txt", 1, said.json()["id"]),
        ("b.txt", 2, said.json()["id"]),
    ]
    assert (await client.get(attachments[1]["file"], headers=admin.basic)).content == b"bb"


async def test_files_that_are_refused_are_named_by_their_place_and_none_is_kept(
    client: httpx.AsyncClient, session: Session, settings: Settings, admin: Account, open_ticket: Post
) -> None:
    form = {"ticket": str((await open_ticket())["id"])}
    files = [
        ("attachments", (name, content)) for name, content in (("a.txt", b"a"), ("evil.exe", b"x"), ("e.txt", b""))
    ]
    answer = await client.post("/api/followups/", headers=admin.token, data=form, files=files)
    assert (answer.status_code, answer.json()) == (
        400,
        {"attachments": {"1": ["Unsupported file extension: .exe"], "2": ["The submitted file is empty."]}},
    )
    assert await session.scalar(select(func.count(FollowUp.id))) == 1
    assert (stored_files(settings), left_overs(settings)) == ([], [])


async def test_text_where_files_belong_is_refused(client: httpx.AsyncClient, admin: Account, open_ticket: Post) -> None:
    parts = {"ticket": (None, str((await open_ticket())["id"])), "attachments": (None, "abc")}
    answer = await client.post("/api/followups/", headers=admin.token, files=parts)
    not_a_file = ["The submitted data was not a file. Check the encoding type on the form."]
    assert (answer.status_code, answer.json()) == (400, {"attachments": {"0": not_a_file}})
