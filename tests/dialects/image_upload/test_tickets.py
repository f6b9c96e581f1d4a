"""Upload tickets over HTTP: opened, shown, changed, deleted."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from factories import PNG, Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import Event
from helpdesk_api.settings import Settings
from uploading import left_overs, open_ticket, row_counts, send_file, status_of, stored_files

BASE = "http://localhost:8000"
NO_TICKET = {"detail": "No Ticket matches the given query."}


async def test_files_drive_the_status_from_pending_to_completed(client: httpx.AsyncClient, requester: Account) -> None:
    created = await client.post("/api/tickets/", headers=requester.token, json={"limit": 2, "status": "PENDING"})
    url = created.json()["url"]
    ticket = int(url.rstrip("/").rpartition("/")[2])
    assert (created.status_code, created.json()) == (
        200,
        {"url": f"{BASE}/api/tickets/{ticket}/", "user": "requester", "limit": 2, "status": "PENDING", "files": []},
    )
    for name, status in (("image1.png", "IN PROGRESS"), ("image2.png", "COMPLETED")):
        sent = await client.post(
            "/api/files/", headers=requester.token, data={"ticket": ticket}, files={"file": (name, PNG)}
        )
        assert (sent.status_code, sent.json()) == (200, {"file": f"/media/upload/requester/{name}", "ticket": ticket})
        assert (await client.get(url, headers=requester.token)).json()["status"] == status
    shown = await client.get(url, headers=requester.token)
    assert (shown.status_code, shown.headers["content-type"], shown.json()) == (
        200,
        "application/json",
        {
            "url": url,
            "user": "requester",
            "limit": 2,
            "status": "COMPLETED",
            "files": [
                {"file": "/media/upload/requester/image1.png", "ticket": ticket},
                {"file": "/media/upload/requester/image2.png", "ticket": ticket},
            ],
        },
    )


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"limit": 3, "status": "PENDING"}},
        {"json": {"limit": 3}},
        {"json": {"limit": "3"}},
        {"json": {"limit": 3.0}},
        {"json": {"limit": 3, "user": "admin", "files": [1], "url": "x", "unknown": {}}},
        {"data": {"limit": "3", "status": "PENDING"}},
        {"data": {"limit": "3", "status": ""}},
        {"data": {"limit": " 3 "}},
        {"files": {"limit": (None, "3"), "status": (None, "PENDING")}},
        {"content": b'{"limit": 3}'},
        {"content": b'{"limit": 1, "limit": 3}', "headers": {"Content-Type": "application/json"}},
        {"content": b'{"limit": 3}', "headers": {"Content-Type": "Application/JSON; charset=utf-8"}},
        {"content": b'{"limit": 3}', "headers": {"Content-Type": "application/merge-patch+json"}},
    ],
    ids=str,
)
async def test_a_ticket_can_be_opened_with_a_body_of_any_kind(
    client: httpx.AsyncClient, requester: Account, body: dict[str, Any]
) -> None:
    body = {**body, "headers": {**requester.token, **body.get("headers", {})}}
    created = await client.post("/api/tickets/", **body)
    shown = created.json()
    assert (created.status_code, shown) == (
        200,
        {"url": shown["url"], "user": "requester", "limit": 3, "status": "PENDING", "files": []},
    )


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (0, "Ensure this value is greater than or equal to 1."),
        (-(10**25), "Ensure this value is greater than or equal to 1."),
        ("-5", "Ensure this value is greater than or equal to 1."),
        (10_001, "Ensure this value is less than or equal to 10000."),
        (2**63, "Ensure this value is less than or equal to 10000."),
        ("9" * 4000, "Ensure this value is less than or equal to 10000."),
        (None, "This field may not be null."),
        *(
            (value, "A valid integer is required.")
            for value in (True, 1.5, "", "five", "1.5", [], [5], {}, "1e3", "\0")
        ),
        ("9" * 5000, "A valid integer is required."),
    ],
    ids=lambda value: repr(value)[:30],
)
async def test_a_limit_is_a_whole_number_from_1_to_10000(
    client: httpx.AsyncClient, session: Session, requester: Account, limit: object, message: str
) -> None:
    answer = await client.post("/api/tickets/", headers=requester.token, json={"limit": limit})
    assert (answer.status_code, answer.json()) == (400, {"limit": [message]})
    assert (await row_counts(session))["tickets"] == 0


@pytest.mark.parametrize("limit", [1, 10_000])
async def test_the_smallest_and_the_largest_limit_are_taken(
    client: httpx.AsyncClient, requester: Account, limit: int
) -> None:
    ticket = await open_ticket(client, requester, limit)
    shown = await client.get(f"/api/tickets/{ticket}/", headers=requester.token)
    assert shown.json()["limit"] == limit


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        *((word, word) for word in ("IN PROGRESS", "COMPLETED", "pending", "")),
        *((1, "1"), ([], "[]"), ({}, "{}"), (True, "True"), (1e300, "1e+300")),
    ],
    ids=lambda value: repr(value)[:30],
)
async def test_a_new_ticket_is_pending_and_nothing_else(
    client: httpx.AsyncClient, requester: Account, status: object, shown: str
) -> None:
    answer = await client.post("/api/tickets/", headers=requester.token, json={"limit": 5, "status": status})
    said = {"status": [f'"{shown}" is not a valid choice.']}
    assert (answer.status_code, answer.json()) == (400, said)


async def test_every_wrong_field_is_named_at_once(client: httpx.AsyncClient, requester: Account) -> None:
    answer = await client.post("/api/tickets/", headers=requester.token, json={"limit": 0, "status": "DONE"})
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "limit": ["Ensure this value is greater than or equal to 1."],
            "status": ['"DONE" is not a valid choice.'],
        },
    )


async def test_only_the_owner_and_staff_see_a_ticket(
    client: httpx.AsyncClient, requester: Account, stranger: Account, agent: Account, admin: Account
) -> None:
    ticket = await open_ticket(client, requester)
    answers = {}
    for account in (requester, agent, admin, stranger):
        shown = await client.get(f"/api/tickets/{ticket}/", headers=account.token)
        listed = await client.get("/api/tickets/", headers=account.token)
        answers[account.user.username] = (shown.status_code, listed.json()["count"])
    assert answers == {"requester": (200, 1), "agent": (200, 1), "admin": (200, 1), "stranger": (404, 0)}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH", "DELETE"])
@pytest.mark.parametrize("which", ["foreign", "unknown"])
async def test_a_strangers_ticket_is_one_that_does_not_exist(
    client: httpx.AsyncClient, requester: Account, stranger: Account, method: str, which: str
) -> None:
    ticket = await open_ticket(client, requester)
    path = f"/api/tickets/{ticket if which == 'foreign' else 999_999}/"
    # 404 comes before the body is looked at.
    body = {"content": b"{bad"} if method == "PATCH" else {}
    answer = await client.request(method, path, headers=stranger.token, **body)
    assert (answer.status_code, answer.content and answer.json()) == (404, b"" if method == "HEAD" else NO_TICKET)
    assert (await client.get(f"/api/tickets/{ticket}/", headers=requester.token)).status_code == 200


@pytest.mark.parametrize(
    "word", [*"abc 1.5 1.0 -1 +1 %201 1_0 %00 %F0%9F%98%80 %ED%A0%80 1%2F2".split(), str(2**63), "9" * 5000]
)
async def test_an_id_that_is_none_is_not_found(client: httpx.AsyncClient, admin: Account, word: str) -> None:
    answer = await client.get(f"/api/tickets/{word}/", headers=admin.token)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


async def test_the_limit_can_change_but_not_below_the_files(client: httpx.AsyncClient, requester: Account) -> None:
    ticket = await open_ticket(client, requester, limit=3)
    url = f"/api/tickets/{ticket}/"
    for name in ("a.png", "b.png"):
        await send_file(client, requester, ticket, name)

    completed = await client.patch(url, headers=requester.token, json={"limit": 2})
    assert (completed.status_code, completed.json()) == (
        200,
        {
            "url": f"{BASE}{url}",
            "user": "requester",
            "limit": 2,
            "status": "COMPLETED",
            "files": [
                {"file": "/media/upload/requester/a.png", "ticket": ticket},
                {"file": "/media/upload/requester/b.png", "ticket": ticket},
            ],
        },
    )
    refused = await client.patch(url, headers=requester.token, json={"limit": 1})
    assert (refused.status_code, refused.json()) == (
        400,
        {"limit": ["Ensure this value is greater than or equal to 2: so many files are there."]},
    )
    assert (await client.get(url, headers=requester.token)).json() == completed.json()
    for body in ({"data": {"limit": "4"}}, {"files": {"limit": (None, "4")}}):
        opened = await client.patch(url, headers=requester.token, **body)
        assert (opened.status_code, opened.json()["limit"], opened.json()["status"]) == (200, 4, "IN PROGRESS")


@pytest.mark.parametrize("body", [{}, {"json": {}}, {"json": {"status": "COMPLETED", "user": "admin"}}, {"data": {}}])
async def test_a_change_of_nothing_changes_nothing(
    client: httpx.AsyncClient, session: Session, requester: Account, body: dict[str, Any]
) -> None:
    ticket = await open_ticket(client, requester, limit=3)
    before = await row_counts(session)
    answer = await client.patch(f"/api/tickets/{ticket}/", headers=requester.token, **body)
    assert (answer.status_code, answer.json()["limit"], answer.json()["status"]) == (200, 3, "PENDING")
    assert await row_counts(session) == before


@pytest.mark.parametrize("limit", [0, 10_001, "x", None])
async def test_a_change_to_a_wrong_limit_is_refused(
    client: httpx.AsyncClient, requester: Account, limit: object
) -> None:
    ticket = await open_ticket(client, requester, limit=3)
    answer = await client.patch(f"/api/tickets/{ticket}/", headers=requester.token, json={"limit": limit})
    assert (answer.status_code, list(answer.json())) == (400, ["limit"])
    assert (await client.get(f"/api/tickets/{ticket}/", headers=requester.token)).json()["limit"] == 3


async def test_staff_change_and_delete_any_ticket(
    client: httpx.AsyncClient, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, limit=3)
    changed = await client.patch(f"/api/tickets/{ticket}/", headers=agent.token, json={"limit": 9})
    assert (changed.status_code, changed.json()["limit"], changed.json()["user"]) == (200, 9, "requester")
    deleted = await client.delete(f"/api/tickets/{ticket}/", headers=agent.token)
    assert deleted.status_code == 204


async def test_a_deleted_ticket_goes_with_its_files(
    client: httpx.AsyncClient, session: Session, settings: Settings, requester: Account
) -> None:
    ticket, other = await open_ticket(client, requester), await open_ticket(client, requester)
    for name in ("a.png", "b.png"):
        await send_file(client, requester, ticket, name)
    await send_file(client, requester, other, "kept.png")

    answer = await client.delete(f"/api/tickets/{ticket}/", headers=requester.token)

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.get(f"/api/tickets/{ticket}/", headers=requester.token)).status_code == 404
    again = await client.delete(f"/api/tickets/{ticket}/", headers=requester.token)
    assert (again.status_code, again.json()) == (404, NO_TICKET)
    assert (stored_files(settings), left_overs(settings)) == (["upload/requester/kept.png"], [])
    counted = await row_counts(session)
    assert (counted["tickets"], counted["attachments"]) == (1, 1)
    assert await status_of(client, requester, other) == "IN PROGRESS"


async def test_every_change_is_written_down(client: httpx.AsyncClient, session: Session, requester: Account) -> None:
    ticket = await open_ticket(client, requester, limit=3)
    await send_file(client, requester, ticket)
    await client.patch(f"/api/tickets/{ticket}/", headers=requester.token, json={"limit": 1})
    await client.delete(f"/api/tickets/{ticket}/", headers=requester.token)
    events = (await session.scalars(select(Event).where(Event.ticket_id == ticket).order_by(Event.id))).all()
    assert [(event.type, event.actor_id) for event in events] == [
        (kind, requester.id)
        for kind in ("ticket.created", "attachment.created", "ticket.updated", "upload.completed", "ticket.deleted")
    ]
    assert events[2].changes == {"limit": {"from": 3, "to": 1}}
