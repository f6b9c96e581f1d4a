"""/api/followups-attachments/: files of follow-ups."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import Attachment
from helpdesk_api.settings import Settings
from uploading import left_overs, stored_files

Post = Callable[..., Awaitable[dict[str, Any]]]
URL = "/api/followups-attachments/"
REQUIRED = ["This field is required."]
NOT_FOUND = {"detail": "No FollowUpAttachment matches the given query."}
FORBIDDEN = {"detail": "You do not have permission to perform this action."}
HUGE = 10**30


async def test_a_file_is_added_under_its_own_name_and_type(
    client: httpx.AsyncClient, admin: Account, open_ticket: Post, say: Post
) -> None:
    followup = (await say((await open_ticket())["id"]))["id"]
    file = ("real.txt", b"1234567", "text/plain")
    created = await client.post(URL, headers=admin.basic, data={"followup": str(followup)}, files={"file": file})
    attachment = created.json()
    assert (created.status_code, attachment) == (
        201,
        {
            "id": attachment["id"],
            "followup": followup,
            "file": attachment["file"],
            "filename": "real.txt",
            "mime_type": "text/plain",
            "size": 7,
        },
    )
    assert attachment["file"].endswith(f"/{followup}/real.txt")
    shown = await client.get(f"{URL}{attachment['id']}/", headers=admin.basic)
    assert (shown.status_code, shown.json()) == (200, attachment)
    said = (await client.get(f"/api/followups/{followup}/", headers=admin.basic)).json()
    assert said["followupattachment_set"] == [attachment]


async def test_another_name_and_type_may_be_given_but_the_size_is_measured(
    client: httpx.AsyncClient, admin: Account, open_ticket: Post, say: Post
) -> None:
    followup = str((await say((await open_ticket())["id"]))["id"])
    form = {"followup": followup, "filename": "../given.txt", "mime_type": "X/Y; charset=utf-8", "size": "999999"}
    created = await client.post(URL, headers=admin.token, data=form, files={"file": ("w.txt", b"12", "text/plain")})
    shown = created.json()
    assert (created.status_code, shown["filename"], shown["mime_type"], shown["size"]) == (201, "given.txt", "x/y", 2)
    untold = await client.post(
        URL,
        headers=admin.token,
        data={"followup": followup, "filename": "", "size": ""},
        files={"file": ("w.txt", b"1", "")},
    )
    assert (untold.status_code, untold.json()["filename"], untold.json()["size"]) == (201, "w.txt", 1)
    assert untold.json()["mime_type"] == "application/octet-stream"


async def test_files_are_listed_by_name(
    client: httpx.AsyncClient, admin: Account, open_ticket: Post, say: Post
) -> None:
    first, second = (await open_ticket())["id"], (await open_ticket())["id"]
    said = [await say(first, "x", ("b.txt", "c.txt")), await say(second, "x", ("a.txt", "b.txt"))]
    listed = (await client.get(URL, headers=admin.token)).json()
    assert (listed["count"], [one["filename"] for one in listed["results"]]) == (
        4,
        ["a.txt", "b.txt", "b.txt", "c.txt"],
    )
    attachments = [one for reply in said for one in reply["followupattachment_set"]]
    assert listed["results"] == sorted(attachments, key=lambda one: (one["filename"], one["id"]))


@pytest.mark.parametrize(
    ("form", "file", "errors"),
    [
        ({}, None, {"followup": REQUIRED, "file": ["No file was submitted."]}),
        (
            {"followup": "9999", "size": "big", "filename": "x" * 1001, "mime_type": "text"},
            ("evil.exe", b"MZ"),
            {
                "followup": ['Invalid pk "9999" - object does not exist.'],
                "file": ["Unsupported file extension: .exe"],
                "size": ["A valid integer is required."],
                "filename": ["Ensure this field has no more than 1000 characters."],
                "mime_type": ["Enter a valid media type, such as image/png."],
            },
        ),
        (
            {"followup": str(HUGE), "mime_type": "text/plain\r\nX-Evil: 1", "filename": "a\0b"},
            ("empty.txt", b""),
            {
                "followup": [f'Invalid pk "{HUGE}" - object does not exist.'],
                "file": ["The submitted file is empty."],
                "mime_type": ["Enter a valid media type, such as image/png."],
                "filename": ["Null characters are not allowed."],
            },
        ),
    ],
    ids=["nothing", "unknown", "evil"],
)
async def test_every_wrong_field_is_named_at_once_and_nothing_is_kept(
    client: httpx.AsyncClient,
    session: Session,
    settings: Settings,
    admin: Account,
    form: dict[str, str],
    file: tuple[str, bytes] | None,
    errors: dict[str, list[str]],
) -> None:
    files = {"file": file} if file else {"x": (None, "")}
    answer = await client.post(URL, headers=admin.token, data=form, files=files)
    assert (answer.status_code, answer.json()) == (400, errors)
    assert await session.scalar(select(func.count(Attachment.id))) == 0
    assert (stored_files(settings), left_overs(settings)) == ([], [])


async def test_a_file_that_is_none_is_refused(client: httpx.AsyncClient, admin: Account, open_ticket: Post) -> None:
    opening = (await open_ticket())["followup_set"][0]["id"]
    for body in ({"json": {"followup": opening, "file": "abc"}}, {"data": {"followup": opening, "file": "abc"}}):
        answer = await client.post(URL, headers=admin.token, **body)
        not_a_file = ["The submitted data was not a file. Check the encoding type on the form."]
        assert (answer.status_code, answer.json()) == (400, {"file": not_a_file})
    empty = await client.post(URL, headers=admin.token, json={})
    assert (empty.status_code, empty.json()) == (400, {"followup": REQUIRED, "file": ["No file was submitted."]})


async def test_a_deleted_file_is_gone(
    client: httpx.AsyncClient, settings: Settings, admin: Account, open_ticket: Post, say: Post
) -> None:
    said = await say((await open_ticket())["id"], "x", ("a.txt", "b.txt"))
    gone, kept = said["followupattachment_set"]
    deleted = await client.delete(f"{URL}{gone['id']}/", headers=admin.token)
    assert (deleted.status_code, deleted.content) == (204, b"")
    for method in ("GET", "DELETE"):
        again = await client.request(method, f"{URL}{gone['id']}/", headers=admin.token)
        assert (again.status_code, again.json()) == (404, NOT_FOUND)
    assert (await client.get(gone["file"], headers=admin.token)).status_code == 404
    assert (await client.get(URL, headers=admin.token)).json()["results"] == [kept]
    assert (len(stored_files(settings)), left_overs(settings)) == (1, [])


async def test_files_of_upload_tickets_are_no_attachments(client: httpx.AsyncClient, admin: Account) -> None:
    ticket = (await client.post("/api/tickets/", headers=admin.token, json={"limit": 2})).json()["url"].split("/")[-2]
    await client.post("/api/files/", headers=admin.token, data={"ticket": ticket}, files={"file": ("a.txt", b"x")})
    assert (await client.get(URL, headers=admin.token)).json()["count"] == 0
    answer = await client.get(f"{URL}1/", headers=admin.token)
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
async def test_a_file_is_not_replaced_in_place(client: httpx.AsyncClient, admin: Account, method: str) -> None:
    answer = await client.request(method, f"{URL}1/", headers=admin.token)
    assert (answer.status_code, answer.json(), answer.headers["allow"]) == (
        405,
        {"detail": f'Method "{method}" not allowed.'},
        "GET, DELETE, HEAD, OPTIONS",
    )


async def test_attachments_are_for_staff_which_is_told_before_anything_else(
    client: httpx.AsyncClient, requester: Account, open_ticket: Post, say: Post
) -> None:
    ticket = await open_ticket(submitter_email="requester@example.com")
    file = (await say(ticket["id"], "x", ("a.txt",), public="true"))["followupattachment_set"][0]["id"]
    for method, path in (("GET", URL), ("POST", URL), ("GET", f"{URL}{file}/"), ("DELETE", f"{URL}9999/")):
        answer = await client.request(method, path, headers=requester.token)
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
