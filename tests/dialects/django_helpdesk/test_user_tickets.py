"""/api/user_tickets/: everybody's own support tickets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import CustomField

Post = Callable[..., Awaitable[dict[str, Any]]]
URL = "/api/user_tickets/"
NOT_FOUND = {"detail": "No Ticket matches the given query."}


async def test_ones_own_ticket_is_shown_without_what_is_staffs_alone(
    client: httpx.AsyncClient, session: Session, requester: Account, open_ticket: Post, say: Post
) -> None:
    session.add_all(
        [
            CustomField(name="colour", label="Colour", data_type="varchar"),
            CustomField(name="secret", label="Secret", data_type="varchar", staff_only=True),
        ]
    )
    await session.flush()
    ticket = await open_ticket(
        submitter_email="requester@example.com", due_date="2027-01-02T03:04:05Z", custom_colour="red", custom_secret="x"
    )
    await say(ticket["id"], "Between us", new_status=2)
    shown = await client.get(f"{URL}{ticket['id']}/", headers=requester.token)
    assert (shown.status_code, shown.json()) == (
        200,
        {
            "ticket": f"{ticket['id']} [support-{ticket['id']}]",
            "id": ticket["id"],
            "title": "Printer on fire",
            "queue": {"title": "Support", "id": ticket["queue"]},
            "status": "Reopened",
            "created": shown.json()["created"],
            "due_date": "2027-01-02T03:04:05Z",
            "submitter": "requester@example.com",
            "kbitem": "",
            "custom_colour": "red",
        },
    )
    assert shown.json()["created"].endswith("Z")
    listed = (await client.get(URL, headers=requester.token)).json()
    assert listed == {"count": 1, "next": None, "previous": None, "results": [shown.json()]}


async def test_the_newest_come_first_page_by_page(
    client: httpx.AsyncClient, requester: Account, open_ticket: Post
) -> None:
    ids = [(await open_ticket(submitter_email="requester@example.com"))["id"] for _ in range(3)]
    await open_ticket(submitter_email="stranger@example.com")
    pages = [(await client.get(f"{URL}?page_size=2", headers=requester.token)).json()]
    pages.append((await client.get(pages[0]["next"], headers=requester.token)).json())
    assert [[row["id"] for row in page["results"]] for page in pages] == [[ids[2], ids[1]], [ids[0]]]
    assert (pages[0]["count"], pages[1]["next"]) == (3, None)
    beyond = await client.get(f"{URL}?page=2", headers=requester.token)
    assert (beyond.status_code, beyond.json()) == (404, {"detail": "Invalid page."})


async def test_others_tickets_and_upload_tickets_are_not_there(
    client: httpx.AsyncClient, admin: Account, requester: Account, stranger: Account, open_ticket: Post
) -> None:
    ticket = (await open_ticket(submitter_email="requester@example.com"))["id"]
    upload = (
        (await client.post("/api/tickets/", headers=stranger.token, json={"limit": 2})).json()["url"].split("/")[-2]
    )
    for one in (ticket, upload, 0, 999_999):
        answer = await client.get(f"{URL}{one}/", headers=stranger.token)
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert (await client.get(URL, headers=stranger.token)).json()["count"] == 0
    # The admin has entered it, and so it is theirs, too.
    assert (await client.get(f"{URL}{ticket}/", headers=admin.token)).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_the_list_is_there_to_be_read(client: httpx.AsyncClient, admin: Account, method: str) -> None:
    for path in (URL, f"{URL}1/"):
        answer = await client.request(method, path, headers=admin.token)
        assert (answer.status_code, answer.json()) == (405, {"detail": f'Method "{method}" not allowed.'})
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert (await client.get(URL)).status_code == 401
