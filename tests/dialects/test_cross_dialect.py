"""One help desk, whichever API one speaks: what is written in one dialect is read in the other."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from factories import PNG, Account, make_department, make_queue
from flicket_desk import get, items, open_ticket, post, reply, send_files
from helpdesk_api.db.session import Session
from helpdesk_api.models import Queue

Json = dict[str, Any]


@pytest.fixture
async def queue(session: Session) -> Queue:
    """A queue, which is a category in Flicket."""
    return await make_queue(session, "Dataset", await make_department(session, "Design"))


async def api(client: httpx.AsyncClient, account: Account, method: str, path: str, **options: Any) -> Json:
    """What a request below /api/ answers; it must succeed."""
    answer = await client.request(method, f"/api/{path}", headers=account.basic, **options)
    assert answer.is_success, answer.text
    return dict(answer.json()) if answer.content else {}


async def open_in_api(client: httpx.AsyncClient, account: Account, queue: Queue, **values: object) -> Json:
    """A support ticket opened under /api/."""
    body = {"queue": queue.id, "title": "Printer on fire", "description": "It *smokes*.", **values}
    return await api(client, account, "POST", "tickets/", json=body)


async def test_a_ticket_opened_in_flicket_is_a_support_ticket(
    client: httpx.AsyncClient, queue: Queue, requester: Account, agent: Account
) -> None:
    opened = await open_ticket(client, requester, queue, title="Help", content="Please.", ticket_priority_id=3)
    ticket = await api(client, agent, "GET", f"tickets/{opened['id']}/")
    opening = ticket.pop("followup_set")
    assert ticket == {
        "id": opened["id"],
        "queue": queue.id,
        "title": "Help",
        "description": "Please.",
        "resolution": None,
        "submitter_email": "requester@example.com",
        "assigned_to": None,
        "status": 1,
        "on_hold": False,
        "priority": 2,
        "due_date": None,
        "merged_to": None,
    }
    assert [(one["title"], one["comment"], one["public"], one["user"]) for one in opening] == [
        ("Ticket Opened", "Please.", True, requester.id)
    ]
    listed = await api(client, requester, "GET", "user_tickets/")
    assert [one["id"] for one in listed["results"]] == [opened["id"]]
    assert [one["id"] for one in (await api(client, agent, "GET", "tickets/?kind=support"))["results"]] == [
        opened["id"]
    ]


async def test_a_support_ticket_is_a_ticket_in_flicket(
    client: httpx.AsyncClient, queue: Queue, requester: Account, agent: Account
) -> None:
    values = {"submitter_email": "requester@example.com", "priority": 1, "assigned_to": agent.id}
    made = await open_in_api(client, agent, queue, **values)
    ticket = await get(client, requester, f"ticket/{made['id']}")
    assert {name: ticket[name] for name in ticket if name not in ("links", "date_added")} == {
        "assigned_id": agent.id,
        "category_id": queue.id,
        "content": "It *smokes*.",
        "date_modified": None,
        "id": made["id"],
        "modified_id": None,
        "started_id": agent.id,
        "status_id": 3,
        "ticket_priority_id": 3,
        "title": "Printer on fire",
    }
    assert await items(client, requester, "tickets/") == [ticket]
    actions = [one["action"] for one in await items(client, requester, f"actions/{made['id']}")]
    assert actions == ["open", "claim"]
    followers = [one["user_id"] for one in await items(client, agent, f"subscriptions/{made['id']}/")]
    assert followers == [agent.id]


@pytest.mark.parametrize(
    ("stored", "status_id"),
    [
        ({"status": 1}, 1),
        ({"status": 2}, 1),
        ({"status": 3}, 2),
        ({"status": 4}, 2),
        ({"status": 5}, 2),
        ({"status": 1, "on_hold": True}, 4),
        ({"status": 4, "on_hold": True}, 2),
        ({"status": 1, "assigned_to": True}, 3),
        ({"status": 1, "assigned_to": True, "on_hold": True}, 4),
        ({"status": 5, "assigned_to": True}, 2),
    ],
)
async def test_a_state_set_in_api_is_one_of_flickets_four(
    client: httpx.AsyncClient, queue: Queue, agent: Account, stored: Json, status_id: int
) -> None:
    made = await open_in_api(client, agent, queue)
    changes = {**stored, **({"assigned_to": agent.id} if "assigned_to" in stored else {})}
    await api(client, agent, "PATCH", f"tickets/{made['id']}/", json=changes)
    assert (await get(client, agent, f"ticket/{made['id']}"))["status_id"] == status_id


@pytest.mark.parametrize(
    ("before", "status_id", "after"),
    [
        ({}, 2, {"status": 4, "on_hold": False, "assigned_to": None}),
        ({}, 3, {"status": 1, "on_hold": False, "assigned_to": "agent"}),
        ({}, 4, {"status": 1, "on_hold": True, "assigned_to": None}),
        ({"status": 3}, 1, {"status": 2, "on_hold": False, "assigned_to": None}),
        ({"status": 5}, 2, {"status": 5, "on_hold": False, "assigned_to": None}),
        ({"on_hold": True}, 1, {"status": 1, "on_hold": False, "assigned_to": None}),
    ],
)
async def test_a_status_set_in_flicket_is_stored_so(
    client: httpx.AsyncClient, queue: Queue, agent: Account, before: Json, status_id: int, after: Json
) -> None:
    made = await open_in_api(client, agent, queue)
    if before:
        await api(client, agent, "PATCH", f"tickets/{made['id']}/", json=before)
    url = f"/flicket-api/ticket/{made['id']}"
    assert (await client.put(url, headers=agent.bearer, json={"status_id": status_id})).status_code == 200
    ticket = await api(client, agent, "GET", f"tickets/{made['id']}/")
    expected = {**after, "assigned_to": agent.id if after["assigned_to"] else None}
    assert {name: ticket[name] for name in expected} == expected


@pytest.mark.parametrize(("priority", "shown", "back"), [(1, 3, 1), (2, 3, 2), (3, 2, 3), (4, 1, 4), (5, 1, 5)])
async def test_priorities_survive_the_way_there_and_back(
    client: httpx.AsyncClient, queue: Queue, agent: Account, priority: int, shown: int, back: int
) -> None:
    made = await open_in_api(client, agent, queue, priority=priority)
    ticket = await get(client, agent, f"ticket/{made['id']}")
    assert ticket["ticket_priority_id"] == shown
    answer = await client.put(f"/flicket-api/ticket/{made['id']}", headers=agent.bearer, json=ticket)
    assert answer.json() == ticket
    assert (await api(client, agent, "GET", f"tickets/{made['id']}/"))["priority"] == back


async def test_follow_ups_are_posts_where_they_say_something_in_public(
    client: httpx.AsyncClient, queue: Queue, requester: Account, agent: Account
) -> None:
    made = await open_in_api(client, agent, queue, submitter_email="requester@example.com")
    said = [
        await api(client, agent, "POST", "followups/", json={"ticket": made["id"], **body})
        for body in ({"comment": "hello", "public": True}, {"comment": "sekrit"}, {"comment": "", "public": True})
    ]
    posts = f"posts/{made['id']}/"
    assert [(one["id"], one["content"]) for one in await items(client, requester, posts)] == [(said[0]["id"], "hello")]
    assert [one["content"] for one in await items(client, agent, posts)] == ["hello", "sekrit"]
    assert await items(client, requester, "tickets/?content=sekrit") == []


async def test_posts_are_public_follow_ups(
    client: httpx.AsyncClient, queue: Queue, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, queue, title="Help")
    said = await reply(client, requester, ticket, "Anybody?")
    followup = await api(client, agent, "GET", f"followups/{said['id']}/")
    shown = ("ticket", "user", "title", "comment", "public", "new_status")
    assert {name: followup[name] for name in shown} == {
        "ticket": ticket["id"],
        "user": requester.id,
        "title": "Help",
        "comment": "Anybody?",
        "public": True,
        "new_status": None,
    }
    await client.put(f"/flicket-api/post/{said['id']}", headers=requester.bearer, json={"content": "Never mind."})
    assert (await api(client, agent, "GET", f"followups/{said['id']}/"))["comment"] == "Never mind."


async def test_an_edit_in_api_is_a_history_in_flicket(
    client: httpx.AsyncClient, queue: Queue, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, queue, content="before")
    said = await reply(client, requester, ticket, "earlier")
    await api(client, agent, "PATCH", f"tickets/{ticket['id']}/", json={"description": "after"})
    await api(client, agent, "PATCH", f"followups/{said['id']}/", json={"comment": "later"})
    histories = await items(client, requester, "histories/")
    assert [(one["original_content"], one["topic_id"], one["post_id"], one["user_id"]) for one in histories] == [
        ("before", ticket["id"], None, requester.id),
        ("earlier", None, said["id"], requester.id),
    ]
    changed = await get(client, requester, f"ticket/{ticket['id']}")
    assert (changed["content"], changed["modified_id"]) == ("after", agent.id)


async def test_what_is_done_in_api_is_told_by_flickets_actions(
    client: httpx.AsyncClient, queue: Queue, agent: Account, requester: Account, session: Session
) -> None:
    other = await make_queue(session, "Internet", await make_department(session, "IT"))
    made = await open_in_api(client, agent, queue)
    for changes in (
        {"assigned_to": requester.id, "priority": 5},
        {"status": 3},
        {"status": 2, "queue": other.id, "title": "Untold"},
        {"assigned_to": None, "on_hold": True},
    ):
        await api(client, agent, "PATCH", f"tickets/{made['id']}/", json=changes)
    body = {"ticket": made["id"], "comment": "Done.", "new_status": 4}
    await api(client, agent, "POST", "followups/", json=body)
    actions = await items(client, agent, f"actions/{made['id']}")
    assert [(one["action"], one["recipient_id"], (one["data"] or {}).get("status")) for one in actions] == [
        ("open", None, None),
        ("assign", requester.id, None),
        ("priority", None, None),
        ("close", None, None),
        ("status", None, "In Work"),
        ("department_category", None, None),
        ("release", None, None),
        ("status", None, "Awaiting Information"),
        ("close", None, None),
    ]


async def test_closing_with_a_word_in_flicket_is_a_follow_up_with_a_status(
    client: httpx.AsyncClient, queue: Queue, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, queue)
    await post(client, requester, f"ticket/{ticket['id']}/close", {"content": "It works again."})
    shown = await api(client, agent, "GET", f"tickets/{ticket['id']}/")
    assert shown["status"] == 4
    last = shown["followup_set"][-1]
    assert (last["title"], last["comment"], last["new_status"], last["public"]) == (
        "Closed",
        "It works again.",
        4,
        True,
    )


async def test_files_are_the_same_in_both(
    client: httpx.AsyncClient, queue: Queue, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, queue)
    said = await reply(client, requester, ticket)
    uploaded = [
        await send_files(client, requester, {"topic_id": ticket["id"]}, "a.png"),
        await send_files(client, requester, {"post_id": said["id"]}, "b.png"),
    ]
    attached = [await api(client, agent, "GET", f"followups-attachments/{one['id']}/") for one in uploaded]
    shown = await api(client, agent, "GET", f"tickets/{ticket['id']}/")
    assert [one["followupattachment_set"] for one in shown["followup_set"]] == [[attached[0]], [attached[1]]]
    for one, other in zip(uploaded, attached, strict=True):
        for url in (one["image"], other["file"]):
            answer = await client.get(url, headers=requester.bearer)
            assert (answer.status_code, answer.content) == (200, PNG)
    form = {"followup": str(said["id"])}
    files = {"file": ("c.png", PNG, "image/png")}
    sent = await client.post("/api/followups-attachments/", headers=agent.basic, data=form, files=files)
    assert sent.status_code == 201, sent.text
    upload = await get(client, requester, f"upload/{sent.json()['id']}")
    assert (upload["original_filename"], upload["post_id"]) == ("c.png", said["id"])


async def test_what_is_deleted_in_one_is_gone_in_the_other(
    client: httpx.AsyncClient, queue: Queue, agent: Account
) -> None:
    ticket = await open_ticket(client, agent, queue)
    first, second = await reply(client, agent, ticket), await reply(client, agent, ticket)
    await api(client, agent, "DELETE", f"followups/{first['id']}/")
    assert await items(client, agent, f"posts/{ticket['id']}/") == [second]
    assert (await client.delete(f"/flicket-api/post/{second['id']}", headers=agent.bearer)).status_code == 204
    assert (await client.get(f"/api/followups/{second['id']}/", headers=agent.basic)).status_code == 404
    assert (await client.delete(f"/flicket-api/ticket/{ticket['id']}", headers=agent.bearer)).status_code == 204
    assert (await client.get(f"/api/tickets/{ticket['id']}/", headers=agent.basic)).status_code == 404


async def test_a_long_title_from_api_is_shown_whole_in_flicket(
    client: httpx.AsyncClient, queue: Queue, agent: Account
) -> None:
    made = await open_in_api(client, agent, queue, title="t" * 200)
    assert (await get(client, agent, f"ticket/{made['id']}"))["title"] == "t" * 200


async def test_every_way_to_sign_in_works_in_both(client: httpx.AsyncClient, queue: Queue, requester: Account) -> None:
    ticket = await open_ticket(client, requester, queue)
    for headers in (requester.basic, requester.token, requester.bearer):
        for path in (f"/flicket-api/ticket/{ticket['id']}", f"/api/user_tickets/{ticket['id']}/"):
            assert (await client.get(path, headers=headers)).status_code == 200
    token = (await client.post("/flicket-api/tokens", headers=requester.basic)).json()["token"]
    assert (await client.get("/api/user_tickets/", headers={"Authorization": f"Token {token}"})).status_code == 200
