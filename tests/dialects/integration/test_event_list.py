"""GET /api/events/: every change, in order, page by page, and what of it is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import ANY

import httpx
import pytest
from sqlalchemy import select

from factories import PNG, Account
from flicket_desk import open_ticket, post, reply
from helpdesk_api.db.session import Session
from helpdesk_api.models import Queue
from uploading import open_ticket as open_upload_ticket
from uploading import send_file

Number = Callable[[], Awaitable[int]]
Json = dict[str, Any]


async def events(client: httpx.AsyncClient, account: Account, query: str = "") -> list[Json]:
    answer = await client.get(f"/api/events/{query}", headers=account.token)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])


@pytest.fixture
async def queue(session: Session) -> Queue:
    """The queue every help desk begins with."""
    found = await session.scalar(select(Queue))
    assert found is not None
    return found


async def test_an_event_is_told_whole(
    client: httpx.AsyncClient, number: Number, admin: Account, agent: Account, queue: Queue
) -> None:
    body = {"queue": queue.id, "title": "Printer on fire", "assigned_to": agent.id}
    sent = await client.post("/api/tickets/", headers={**admin.token, "X-Request-ID": "order-66"}, json=body)
    ticket = sent.json()["id"]
    await number()
    answer = await client.get("/api/events/", headers=agent.token)
    opened, assigned = answer.json()["results"]
    told = {
        "timestamp": ANY,
        "actor": {"id": admin.id, "username": "admin"},
        "ticket": {"id": ticket, "kind": "support", "title": "Printer on fire"},
        "request_id": "order-66",
    }
    assert opened == {
        **told,
        "sequence": 1,
        "type": "ticket.created",
        "followup": ANY,
        "recipient": None,
        "changes": {"title": "Printer on fire", "queue_id": queue.id, "priority": 3},
    }
    assert assigned == {
        **told,
        "sequence": 2,
        "type": "ticket.assigned",
        "followup": None,
        "recipient": agent.id,
        "changes": {"assignee_id": {"from": None, "to": agent.id}},
    }
    assert answer.json()["next"] is None
    assert opened["timestamp"] == assigned["timestamp"]


async def test_every_change_of_a_support_ticket_is_told(
    client: httpx.AsyncClient, number: Number, admin: Account, agent: Account, queue: Queue
) -> None:
    ticket = await open_ticket(client, admin, queue)
    other = await open_ticket(client, admin, queue, title="the same again")
    await post(client, agent, f"ticket/{ticket['id']}/claim")
    await post(client, agent, f"ticket/{ticket['id']}/release")
    await post(client, agent, f"ticket/{ticket['id']}/assign", {"user_id": admin.id})
    said = await reply(client, agent, ticket)
    followup = f"/api/followups/{said['id']}/"
    await client.patch(followup, headers=agent.token, json={"comment": "Better.", "time_spent": "01:30:00"})
    form = {"followup": str(said["id"])}
    sent = await client.post(
        "/api/followups-attachments/", headers=agent.token, data=form, files={"file": ("a.png", PNG, "image/png")}
    )
    await client.delete(f"/api/followups-attachments/{sent.json()['id']}/", headers=agent.token)
    await client.delete(followup, headers=agent.token)
    for changes in ({"title": "new", "priority": 1}, {"on_hold": True}, {"status": 4}, {"status": 2}):
        changed = await client.patch(f"/api/tickets/{ticket['id']}/", headers=admin.token, json=changes)
        assert changed.status_code == 200, changed.text
    merged = {"merged_to": ticket["id"]}
    await client.patch(f"/api/tickets/{other['id']}/", headers=admin.token, json=merged)
    await client.delete(f"/api/tickets/{ticket['id']}/", headers=admin.token)
    await number()
    told = [one for one in await events(client, admin) if not one["type"].startswith("subscription")]
    assert [one["sequence"] for one in await events(client, admin)] == list(
        range(1, 1 + len(await events(client, admin)))
    )
    content = {"from": "Try again.", "to": "Better."}
    assert [(one["type"], one["changes"]) for one in told] == [
        ("ticket.created", ANY),
        ("ticket.created", ANY),
        ("ticket.claimed", {"assignee_id": {"from": None, "to": agent.id}}),
        ("ticket.released", {"assignee_id": {"from": agent.id, "to": None}}),
        ("ticket.assigned", {"assignee_id": {"from": None, "to": admin.id}}),
        ("followup.created", {"title": ANY, "public": True, "new_status": None}),
        ("followup.updated", {"comment": content, "time_spent": {"from": None, "to": 5400.0}}),
        ("attachment.created", {"file": ANY, "filename": "a.png", "size": len(PNG)}),
        ("attachment.deleted", {"file": ANY, "filename": "a.png"}),
        ("followup.deleted", {"title": ANY}),
        ("ticket.updated", {"priority": {"from": 4, "to": 1}}),
        ("ticket.updated", {"title": {"from": "this is my ticket", "to": "new"}}),
        ("ticket.status_changed", {"on_hold": {"from": False, "to": True}, "stage": {"from": 3, "to": 4}}),
        ("ticket.closed", {"status": {"from": 1, "to": 4}, "stage": {"from": 4, "to": 2}}),
        ("ticket.reopened", {"status": {"from": 4, "to": 2}, "stage": {"from": 2, "to": 4}}),
        ("ticket.merged", {"merged_to_id": {"from": None, "to": ticket["id"]}}),
        ("ticket.deleted", {"kind": "support", "title": "new"}),
    ]
    assert told[-1]["ticket"] == {"id": ticket["id"], "kind": None, "title": None}


async def test_uploads_and_accounts_are_told_of(
    client: httpx.AsyncClient, number: Number, admin: Account, requester: Account
) -> None:
    ticket = await open_upload_ticket(client, requester, limit=1)
    await send_file(client, requester, ticket)
    body = {"username": "jblogs", "password": "correct-horse-battery", "email": "jblogs@example.com"}
    made = (await client.post("/api/users/", headers=admin.token, json=body)).json()
    await client.patch(f"/api/users/{made['id']}/", headers=admin.token, json={"last_name": "Blogs"})
    await client.delete(f"/api/users/{made['id']}/", headers=admin.token)
    await number()
    told = await events(client, admin)
    assert [(one["type"], one["recipient"], one["changes"]) for one in told] == [
        ("ticket.created", None, {"limit": 1}),
        ("attachment.created", None, {"file": ANY, "filename": "image1.png", "size": len(PNG)}),
        ("upload.completed", None, {}),
        ("user.created", made["id"], {"username": "jblogs"}),
        ("user.updated", made["id"], {"last_name": {"from": "", "to": "Blogs"}}),
        ("user.updated", made["id"], {"deleted": "jblogs"}),
    ]
    assert told[2]["ticket"] == {"id": ticket, "kind": "upload", "title": None}


async def test_pages_follow_each_other_by_number(client: httpx.AsyncClient, number: Number, admin: Account) -> None:
    for _ in range(5):
        await open_upload_ticket(client, admin)
    await number()
    first = (await client.get("/api/events/?limit=2&type=ticket.created", headers=admin.token)).json()
    assert [one["sequence"] for one in first["results"]] == [1, 2]
    assert first["next"] == "http://localhost:8000/api/events/?after=2&limit=2&type=ticket.created"
    second = (await client.get(first["next"], headers=admin.token)).json()
    assert [one["sequence"] for one in second["results"]] == [3, 4]
    third = (await client.get(second["next"], headers=admin.token)).json()
    assert ([one["sequence"] for one in third["results"]], third["next"]) == ([5], None)
    assert await events(client, admin, "?after=5") == []


async def test_what_has_no_number_yet_is_not_told(client: httpx.AsyncClient, number: Number, admin: Account) -> None:
    await open_upload_ticket(client, admin)
    assert await events(client, admin) == []
    await number()
    assert [one["sequence"] for one in await events(client, admin)] == [1]


async def test_types_and_tickets_can_be_asked_for(
    client: httpx.AsyncClient, number: Number, admin: Account, requester: Account
) -> None:
    first = await open_upload_ticket(client, requester, limit=1)
    await send_file(client, requester, first)
    second = await open_upload_ticket(client, requester)
    await number()
    queries = {
        "?type=ticket.created": [1, 4],
        "?type=upload.completed,%20attachment.created": [2, 3],
        f"?ticket={first}": [1, 2, 3],
        f"?ticket={second}&type=ticket.created": [4],
        "?ticket=999999": [],
        "?after=1&ticket=&type=": [2, 3, 4],
    }
    found = {query: [one["sequence"] for one in await events(client, admin, query)] for query in queries}
    assert found == queries


async def test_everything_that_is_wrong_is_named(client: httpx.AsyncClient, admin: Account) -> None:
    query = "?after=x&limit=0&type=ticket.eaten,ticket.created&ticket=one"
    answer = await client.get(f"/api/events/{query}", headers=admin.token)
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "after": ["A valid integer is required."],
            "limit": ["Ensure this value is greater than or equal to 1."],
            "type": ['"ticket.eaten" is not a valid choice.'],
            "ticket": ["A valid integer is required."],
        },
    )


@pytest.mark.parametrize("path", ["/api/events/", "/api/events/stream/"])
async def test_a_number_that_was_never_given_is_refused(client: httpx.AsyncClient, admin: Account, path: str) -> None:
    answer = await client.get(f"{path}?after=7", headers=admin.token)
    assert (answer.status_code, answer.json()) == (400, {"after": ["There is no event 7 yet: the newest is 0."]})


@pytest.mark.parametrize("path", ["/api/events/", "/api/events/stream/"])
async def test_events_are_for_staff(client: httpx.AsyncClient, agent: Account, requester: Account, path: str) -> None:
    statuses = [(await client.get(path, headers=headers)).status_code for headers in ({}, requester.token, agent.token)]
    assert statuses == [401, 403, 200]


async def test_a_stream_is_server_sent_events(
    client: httpx.AsyncClient, number: Number, admin: Account, requester: Account
) -> None:
    ticket = await open_upload_ticket(client, requester, limit=1)
    await send_file(client, requester, ticket)
    await number()
    answer = await client.get("/api/events/stream/?after=0&type=upload.completed", headers=admin.token)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-cache", "no")
    (completed,) = await events(client, admin, "?type=upload.completed")
    first, second, end = answer.text.split("\n\n")
    assert (first, end) == ("id: 0\nretry: 2000", "")
    event, data, number_ = second.split("\n")
    assert (event, number_) == ("event: upload.completed", "id: 3")
    assert httpx.Response(200, text=data.removeprefix("data: ")).json() == completed


async def test_a_head_asks_for_no_stream(client: httpx.AsyncClient, admin: Account) -> None:
    answer = await client.head("/api/events/stream/", headers=admin.token)
    assert (answer.status_code, answer.content) == (200, b"")


async def test_the_last_event_id_goes_before_what_the_address_says(
    client: httpx.AsyncClient, number: Number, admin: Account
) -> None:
    for _ in range(3):
        await open_upload_ticket(client, admin)
    await number()
    headers = {**admin.token, "Last-Event-ID": "2"}
    answer = await client.get("/api/events/stream/?after=0", headers=headers)
    assert [line for line in answer.text.splitlines() if line.startswith("id:")] == ["id: 2", "id: 3"]
