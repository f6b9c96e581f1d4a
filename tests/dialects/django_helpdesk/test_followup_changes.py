"""/api/followups/: what was said is changed and deleted, and who may do any of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from factories import Account
from helpdesk_api.settings import Settings
from uploading import left_overs, stored_files

Post = Callable[..., Awaitable[dict[str, Any]]]
REQUIRED = ["This field is required."]
FORBIDDEN = {"detail": "You do not have permission to perform this action."}
NOT_FOUND = {"detail": "No FollowUp matches the given query."}


async def test_patch_changes_what_is_sent_and_leaves_the_ticket_alone(
    client: httpx.AsyncClient, admin: Account, open_ticket: Post, say: Post
) -> None:
    ticket = await open_ticket()
    said = await say(ticket["id"], "As it was.", public="true", time_spent="90")
    url = f"/api/followups/{said['id']}/"
    nothing = await client.patch(url, headers=admin.token, json={"title": None, "user": 99, "message_id": "<a@b>"})
    assert (nothing.status_code, nothing.json()) == (200, said)
    changes = {"title": "New", "comment": "", "public": False, "new_status": 4, "time_spent": "00:00:01"}
    changed = await client.patch(url, headers=admin.token, json={**changes, "ticket": ticket["id"]})
    assert (changed.status_code, changed.json()) == (200, {**said, **changes})
    cleared = {"new_status": None, "time_spent": None}
    emptied = await client.patch(url, headers=admin.token, data={"new_status": "", "time_spent": ""})
    assert (emptied.status_code, emptied.json()) == (200, {**changed.json(), **cleared})
    assert (await client.get(f"/api/tickets/{ticket['id']}/", headers=admin.token)).json()["status"] == 1


async def test_put_asks_for_the_ticket_and_keeps_the_rest(
    client: httpx.AsyncClient, admin: Account, open_ticket: Post, say: Post
) -> None:
    ticket = (await open_ticket())["id"]
    said = await say(ticket, "Stays.", public="true")
    url = f"/api/followups/{said['id']}/"
    refused = await client.put(url, headers=admin.token, json={"title": "x"})
    assert (refused.status_code, refused.json()) == (400, {"ticket": REQUIRED})
    put = await client.put(url, headers=admin.token, json={"ticket": ticket, "title": "edited"})
    assert (put.status_code, put.json()) == (200, {**said, "title": "edited"})
    form = await client.put(url, headers=admin.token, data={"ticket": ticket})
    assert (form.status_code, form.json()["public"]) == (200, False)  # a box that a form leaves out is not ticked


async def test_a_follow_up_stays_with_its_ticket(
    client: httpx.AsyncClient, admin: Account, open_ticket: Post, say: Post
) -> None:
    said, other = await say((await open_ticket())["id"]), (await open_ticket())["id"]
    for target, message in (
        (other, "A follow-up stays with its ticket."),
        (9999, 'Invalid pk "9999" - object does not exist.'),
    ):
        for method in ("PUT", "PATCH"):
            body = {"ticket": target, "comment": "moved"}
            answer = await client.request(method, f"/api/followups/{said['id']}/", headers=admin.token, json=body)
            assert (answer.status_code, answer.json()) == (400, {"ticket": [message]})
    assert (await client.get(f"/api/followups/{said['id']}/", headers=admin.token)).json() == said


async def test_files_that_come_with_a_change_are_not_kept(
    client: httpx.AsyncClient, settings: Settings, admin: Account, open_ticket: Post, say: Post
) -> None:
    said = await say((await open_ticket())["id"])
    url = f"/api/followups/{said['id']}/"
    answer = await client.patch(url, headers=admin.token, files=[("attachments", ("a.txt", b"a"))] * 2)
    assert (answer.status_code, answer.json()) == (200, said)
    assert (stored_files(settings), left_overs(settings)) == ([], [])


async def test_a_deleted_follow_up_is_gone_with_its_files(
    client: httpx.AsyncClient, settings: Settings, admin: Account, open_ticket: Post, say: Post
) -> None:
    said = await say((await open_ticket())["id"], "Files", ("a.txt", "b.txt"))
    url = f"/api/followups/{said['id']}/"
    deleted = await client.delete(url, headers=admin.token)
    assert (deleted.status_code, deleted.content) == (204, b"")
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        again = await client.request(method, url, headers=admin.token)
        assert (again.status_code, again.json()) == (404, NOT_FOUND)
    assert (stored_files(settings), left_overs(settings)) == ([], [])


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_follow_ups_are_for_staff_which_is_told_before_anything_else(
    client: httpx.AsyncClient, requester: Account, open_ticket: Post, say: Post, method: str
) -> None:
    said = await say((await open_ticket(submitter_email="requester@example.com"))["id"], public="true")
    paths = ["/api/followups/"] if method == "POST" else [f"/api/followups/{said['id']}/", "/api/followups/9999/"]
    for path in [*paths, *(["/api/followups/"] if method == "GET" else [])]:
        body = {} if method in ("GET", "DELETE") else {"content": b"{bad"}
        answer = await client.request(method, path, headers=requester.token, **body)
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)


async def test_an_agent_answers_in_their_own_name(client: httpx.AsyncClient, agent: Account, open_ticket: Post) -> None:
    body = {"ticket": (await open_ticket())["id"], "comment": "by staff", "user": 1}
    said = await client.post("/api/followups/", headers=agent.token, json=body)
    assert (said.status_code, said.json()["user"]) == (201, agent.id)
