"""/api/queues/ over HTTP."""

from __future__ import annotations

import httpx
import pytest

from factories import Account

NOT_ALLOWED = {"detail": "You do not have permission to perform this action."}
NO_QUEUE = {"detail": "No Queue matches the given query."}


async def seeded(client: httpx.AsyncClient, account: Account) -> dict[str, object]:
    """The queue there is from the start."""
    found = await client.get("/api/queues/", headers=account.token)
    (queue,) = found.json()["results"]
    return queue


async def test_a_title_makes_a_queue_in_the_first_department(client: httpx.AsyncClient, agent: Account) -> None:
    department = (await seeded(client, agent))["department"]
    made = await client.post("/api/queues/", headers=agent.token, json={"title": "Billing & more"})
    queue = made.json()
    assert (made.status_code, queue) == (
        201,
        {
            "id": queue["id"],
            "title": "Billing & more",
            "slug": "billing-more",
            "department": department,
            "default_assignee": None,
            "email_address": "",
            "active": True,
        },
    )
    assert (await client.get(f"/api/queues/{queue['id']}", headers=agent.token)).json() == queue


@pytest.mark.parametrize("kind", ["form", "multipart"])
async def test_forms_make_an_active_queue_too(client: httpx.AsyncClient, agent: Account, kind: str) -> None:
    sent = {"title": "Billing", "email_address": "billing@example.com", "slug": "", "default_assignee": ""}
    form = {"data": sent} if kind == "form" else {"files": {name: (None, value) for name, value in sent.items()}}
    made = await client.post("/api/queues/", headers=agent.token, **form)  # type: ignore[arg-type]
    queue = made.json()
    assert made.status_code == 201
    assert (queue["slug"], queue["email_address"], queue["active"]) == ("billing", "billing@example.com", True)


async def test_lists_are_pages_that_every_user_reads(
    client: httpx.AsyncClient, agent: Account, requester: Account
) -> None:
    first = await seeded(client, agent)
    await client.post("/api/queues/", headers=agent.token, json={"title": "Billing"})
    found = await client.get("/api/queues/?page_size=1", headers=requester.token)
    assert (found.status_code, found.json()) == (
        200,
        {
            "count": 2,
            "next": "http://localhost:8000/api/queues/?page=2&page_size=1",
            "previous": None,
            "results": [first],
        },
    )


async def test_every_wrong_field_is_told_at_once(client: httpx.AsyncClient, agent: Account) -> None:
    sent = {
        "title": "x" * 101,
        "slug": "no slug!",
        "department": 9999,
        "default_assignee": "nobody",
        "email_address": "bad",
        "active": "maybe",
    }
    refused = await client.post("/api/queues/", headers=agent.token, json=sent)
    assert (refused.status_code, refused.json()) == (
        400,
        {
            "title": ["Ensure this field has no more than 100 characters."],
            "slug": ['Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.'],
            "department": ['Invalid pk "9999" - object does not exist.'],
            "default_assignee": ["Incorrect type. Expected pk value, received str."],
            "email_address": ["Enter a valid email address."],
            "active": ["Must be a valid boolean."],
        },
    )


@pytest.mark.parametrize(
    ("sent", "problems"),
    [
        ({}, {"title": ["This field is required."]}),
        ({"title": "Support"}, {"title": ["queue with this title already exists in the department."]}),
        ({"title": "X", "slug": "support"}, {"slug": ["queue with this slug already exists."]}),
        ({"title": "X", "slug": None}, {"slug": ["This field may not be null."]}),
        ({"title": "X", "department": 2**70}, {"department": [f'Invalid pk "{2**70}" - object does not exist.']}),
        (
            {"title": "X", "default_assignee": 9999},
            {"default_assignee": ['Invalid pk "9999" - object does not exist.']},
        ),
    ],
)
async def test_what_cannot_be_is_refused(
    client: httpx.AsyncClient, agent: Account, sent: dict[str, object], problems: dict[str, list[str]]
) -> None:
    refused = await client.post("/api/queues/", headers=agent.token, json=sent)
    assert (refused.status_code, refused.json()) == (400, problems)


async def test_patch_and_put_change_what_they_name(client: httpx.AsyncClient, agent: Account) -> None:
    queue = await seeded(client, agent)
    url = f"/api/queues/{queue['id']}/"
    changed = await client.patch(url, headers=agent.token, json={"active": False, "default_assignee": agent.id})
    assert (changed.status_code, changed.json()) == (200, {**queue, "active": False, "default_assignee": agent.id})
    incomplete = await client.put(url, headers=agent.token, json={"active": True})
    assert (incomplete.status_code, incomplete.json()) == (400, {"title": ["This field is required."]})
    put = await client.put(url, headers=agent.token, json={"title": "Help", "default_assignee": None})
    assert (put.status_code, put.json()) == (200, {**queue, "title": "Help", "active": False})
    assert (await client.put(url, headers=agent.token, json=put.json())).json() == put.json()


async def test_plain_users_are_told_403_before_anything_is_looked_at(
    client: httpx.AsyncClient, requester: Account
) -> None:
    for method, url in (
        ("POST", "/api/queues/"),
        ("PATCH", "/api/queues/1/"),
        ("PUT", "/api/queues/99999/"),
        ("DELETE", "/api/queues/1/"),
    ):
        refused = await client.request(method, url, headers=requester.token, content=b"{bad")
        assert (refused.status_code, refused.json()) == (403, NOT_ALLOWED)
    assert (await client.get("/api/queues/")).status_code == 401


async def test_a_queue_is_deleted_unless_tickets_are_in_it(client: httpx.AsyncClient, agent: Account) -> None:
    url = f"/api/queues/{(await client.post('/api/queues/', headers=agent.token, json={'title': 'X'})).json()['id']}/"
    assert (await client.delete(url, headers=agent.token)).status_code == 204
    for answer in (
        await client.delete(url, headers=agent.token),
        await client.patch(url, headers=agent.token, json={}),
        await client.get(url, headers=agent.token),
    ):
        assert (answer.status_code, answer.json()) == (404, NO_QUEUE)
