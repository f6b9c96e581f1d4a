"""Support tickets over HTTP: changed and deleted."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest

from factories import Account, make_account
from flicket_desk import API, get, items, open_ticket, post, reply
from helpdesk_api.db.session import Session
from helpdesk_api.models import Queue, Ticket

Categories = Mapping[str, Queue]
DOCUMENTED = {"title": "this is my ticket", "content": "this is my content", "ticket_priority_id": 1}
INCOMPLETE = "Must include title, content, category_id and ticket_priority_id."
NOT_INTEGERS = "ticket_priority_id and category_id must be integers."


async def test_the_opener_edits_the_text_and_is_written_down(
    client: httpx.AsyncClient, categories: Categories, requester: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    body = {"title": "another title", "content": "another content"}
    answer = await client.put(f"/flicket-api/ticket/{ticket['id']}", headers=requester.bearer, json=body)
    changed = answer.json()
    assert answer.status_code == 200
    assert changed["date_modified"] is not None
    assert changed == {
        **ticket,
        **body,
        "date_modified": changed["date_modified"],
        "modified_id": requester.id,
        "links": {**ticket["links"], "modified_by": f"{API}/user/{requester.id}"},
    }
    assert await get(client, requester, f"ticket/{ticket['id']}") == changed


async def test_staff_change_category_priority_and_status(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    body = {"category_id": categories["Internet"].id, "ticket_priority_id": 3, "status_id": 4}
    answer = await client.put(f"/flicket-api/ticket/{ticket['id']}", headers=agent.bearer, json=body)
    changed = answer.json()
    assert (answer.status_code, {name: changed[name] for name in body}) == (200, body)
    assert changed["links"] == {
        **ticket["links"],
        "category": f"{API}/category/{body['category_id']}",
        "priority": f"{API}/priority/3",
        "status": f"{API}/status/4",
    }


@pytest.mark.parametrize("body", [{"category_id": 0}, {"ticket_priority_id": 3}, {"status_id": 3}, {"status_id": 4}])
async def test_the_opener_changes_nothing_but_the_text(
    client: httpx.AsyncClient, categories: Categories, requester: Account, body: dict[str, int]
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    if "category_id" in body:
        body = {"category_id": categories["Internet"].id}
    answer = await client.put(f"/flicket-api/ticket/{ticket['id']}", headers=requester.bearer, json=body)
    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    assert await get(client, requester, f"ticket/{ticket['id']}") == ticket


async def test_the_opener_may_close_by_setting_the_status_and_not_open_again_so(
    client: httpx.AsyncClient, categories: Categories, requester: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    url = f"/flicket-api/ticket/{ticket['id']}"
    answer = await client.put(url, headers=requester.bearer, json={"status_id": 2})
    assert (answer.status_code, answer.json()["status_id"]) == (200, 2)
    answer = await client.put(url, headers=requester.bearer, json={"status_id": 1})
    assert answer.status_code == 403


async def test_sending_a_ticket_back_as_it_was_read_changes_nothing(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account, session: Session
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"], ticket_priority_id=3)
    stored = await session.get_one(Ticket, ticket["id"])
    stored.priority, stored.status = 1, 3
    await session.flush()
    before = await get(client, agent, f"ticket/{ticket['id']}")
    answer = await client.put(f"/flicket-api/ticket/{ticket['id']}", headers=agent.bearer, json=before)
    assert (answer.status_code, answer.json()) == (200, before)
    await session.refresh(stored)
    assert (stored.priority, stored.status) == (1, 3)
    assert [action["action"] for action in await items(client, agent, f"actions/{ticket['id']}")] == ["open"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"title": ""}, "title must not be blank."),
        ({"title": "t" * 129}, "title must not be longer than 128 characters."),
        ({"category_id": 0}, "not a valid category_id"),
        ({"category_id": "1"}, NOT_INTEGERS),
        ({"ticket_priority_id": 4}, "not a valid ticket_priority_id"),
        ({"status_id": 5}, "not a valid status_id"),
        ({"status_id": "Open"}, "status_id must be an integer."),
    ],
)
async def test_a_change_that_is_wrong_is_refused(
    client: httpx.AsyncClient, categories: Categories, agent: Account, body: dict[str, object], message: str
) -> None:
    ticket = await open_ticket(client, agent, categories["ECN"])
    answer = await client.put(f"/flicket-api/ticket/{ticket['id']}", headers=agent.bearer, json=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})


async def test_staff_delete_a_ticket_with_everything_on_it(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    answered = await reply(client, agent, ticket)
    url = f"/flicket-api/ticket/{ticket['id']}"
    assert (await client.delete(url, headers=requester.bearer)).status_code == 403
    answer = await client.delete(url, headers=agent.bearer)
    assert (answer.status_code, answer.content) == (204, b"")
    for path in (f"ticket/{ticket['id']}", f"post/{answered['id']}"):
        assert (await client.get(f"/flicket-api/{path}", headers=agent.bearer)).status_code == 404
    for path in (f"posts/{ticket['id']}/", f"actions/{ticket['id']}", f"subscriptions/{ticket['id']}/", "histories/"):
        assert await items(client, agent, path) == []


async def test_open_takes_a_ticket_off_others_for_an_admin_alone(
    client: httpx.AsyncClient, categories: Categories, session: Session, agent: Account, admin: Account
) -> None:
    colleague = await make_account(session, "colleague", is_staff=True)
    ticket = await open_ticket(client, agent, categories["ECN"])
    url = f"/flicket-api/ticket/{ticket['id']}"
    for worker, opener, expected in (
        (colleague, agent, (403, colleague.id)),
        (colleague, colleague, (200, None)),
        (colleague, admin, (200, None)),
    ):
        await post(client, admin, f"ticket/{ticket['id']}/assign", {"user_id": worker.id})
        answer = await client.put(url, headers=opener.bearer, json={"title": f"Opened by {opener.id}", "status_id": 1})
        shown = await get(client, agent, f"ticket/{ticket['id']}")
        assert (answer.status_code, shown["assigned_id"]) == expected
        assert (shown["title"] == f"Opened by {opener.id}") == (expected[0] == 200)


async def test_open_is_no_release_where_nobody_has_the_ticket(
    client: httpx.AsyncClient, categories: Categories, agent: Account
) -> None:
    ticket = await open_ticket(client, agent, categories["ECN"])
    url = f"/flicket-api/ticket/{ticket['id']}"
    for status in (4, 1):
        answer = await client.put(url, headers=agent.bearer, json={"status_id": status})
        assert (answer.status_code, answer.json()["status_id"]) == (200, status)
