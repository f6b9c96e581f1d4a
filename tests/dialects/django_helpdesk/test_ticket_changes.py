"""Support tickets at /api/tickets/: changed and deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from factories import Account
from helpdesk_api.models import Queue
from helpdesk_api.settings import Settings
from uploading import left_overs, stored_files

Post = Callable[..., Awaitable[dict[str, Any]]]
REQUIRED = ["This field is required."]
NULL = ["This field may not be null."]
HUGE = 10**30


def missing(pk: object) -> list[str]:
    """What is said of an id that is nobody's."""
    return [f'Invalid pk "{pk}" - object does not exist.']


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
