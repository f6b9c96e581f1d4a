"""Subscriptions over HTTP: who follows which ticket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from clients import client_over
from factories import Account, make_account, make_department, make_queue
from flicket_desk import API, get, items, open_ticket, post
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.models import Queue
from helpdesk_api.settings import Settings
from query_count import counted

Categories = Mapping[str, Queue]


def shape(subscription_id: int, ticket_id: int, account: Account, name: str) -> dict[str, object]:
    """A subscription as Flicket shows it."""
    return {
        "id": subscription_id,
        "links": {
            "self": f"{API}/subscription/{subscription_id}",
            "subscriptions": f"{API}/subscriptions/",
            "ticket": f"{API}/ticket/{ticket_id}",
            "user": f"{API}/user/{account.id}",
        },
        "ticket_id": ticket_id,
        "user_def": name,
        "user_id": account.id,
    }


async def test_whoever_opens_a_ticket_follows_it(
    client: httpx.AsyncClient, categories: Categories, requester: Account
) -> None:
    ticket_id = (await open_ticket(client, requester, categories["ECN"]))["id"]
    page = await get(client, requester, f"subscriptions/{ticket_id}/")
    subscription_id = page["items"][0]["id"]
    assert page == {
        "_links": {"next": None, "prev": None, "self": f"{API}/subscriptions/{ticket_id}/1/?per_page=50"},
        "_meta": {"page": 1, "per_page": 50, "total_items": 1, "total_pages": 1},
        "items": [shape(subscription_id, ticket_id, requester, "requester")],
    }
    assert await get(client, requester, f"subscription/{subscription_id}") == page["items"][0]


async def test_following_twice_is_following_once(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    body = {"ticket_id": ticket["id"]}
    first = await client.post("/flicket-api/subscriptions", headers=agent.bearer, json=body)
    again = await client.post("/flicket-api/subscriptions", headers=agent.bearer, json={**body, "user_id": agent.id})
    made = shape(first.json()["id"], ticket["id"], agent, "agent")
    assert (first.status_code, first.json(), first.headers["Location"]) == (201, made, made["links"]["self"])  # type: ignore[index]
    assert (again.status_code, again.json()) == (200, made)


async def test_staff_have_others_follow_a_ticket_who_then_see_it(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account, session: Session
) -> None:
    carol = await make_account(session, "carol", first_name="Carol", last_name="Customer")
    ticket = await open_ticket(client, requester, categories["ECN"])
    assert (await client.get(f"/flicket-api/ticket/{ticket['id']}", headers=carol.bearer)).status_code == 404
    made = await post(client, agent, "subscriptions", {"ticket_id": ticket["id"], "user_id": carol.id})
    assert made["user_def"] == "Carol Customer"
    assert await get(client, carol, f"ticket/{ticket['id']}") == ticket


async def test_plain_users_subscribe_themselves_only(
    client: httpx.AsyncClient, categories: Categories, requester: Account, stranger: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    for user_id in (stranger.id, 999999):
        body = {"ticket_id": ticket["id"], "user_id": user_id}
        answer = await client.post("/flicket-api/subscriptions", headers=requester.bearer, json=body)
        assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Must include ticket_id."),
        ({"ticket_id": "x"}, "ticket_id must be an integer."),
        ({"ticket_id": 999999}, "not a valid ticket_id"),
        ({"user_id": 999999}, "user_id: There is no such active user."),
        ({"user_id": "x"}, "user_id must be an integer."),
    ],
)
async def test_a_subscription_that_is_wrong_is_refused(
    client: httpx.AsyncClient, categories: Categories, agent: Account, body: dict[str, object], message: str
) -> None:
    ticket = await open_ticket(client, agent, categories["ECN"])
    if "user_id" in body:
        body = {"ticket_id": ticket["id"], **body}
    answer = await client.post("/flicket-api/subscriptions", headers=agent.bearer, json=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})


async def test_nobody_follows_a_ticket_they_may_not_see(
    client: httpx.AsyncClient, categories: Categories, requester: Account, stranger: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    body = {"ticket_id": ticket["id"]}
    answer = await client.post("/flicket-api/subscriptions", headers=stranger.bearer, json=body)
    assert (answer.status_code, answer.json()["message"]) == (400, "not a valid ticket_id")


async def test_one_ends_ones_own_subscription_and_staff_anybodys(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    own = (await items(client, requester, "subscriptions/"))[0]
    of_agent = await post(client, agent, "subscriptions", {"ticket_id": ticket["id"]})
    answer = await client.delete(f"/flicket-api/subscription/{of_agent['id']}", headers=requester.bearer)
    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    answer = await client.delete(f"/flicket-api/subscription/{own['id']}", headers=requester.bearer)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.delete(f"/flicket-api/subscription/{own['id']}", headers=agent.bearer)).status_code == 404
    assert await items(client, agent, f"subscriptions/{ticket['id']}/") == [of_agent]
    answer = await client.delete(f"/flicket-api/subscription/{of_agent['id']}", headers=agent.bearer)
    assert answer.status_code == 204


async def test_every_subscription_is_listed_with_pages_in_the_query(
    client: httpx.AsyncClient, categories: Categories, requester: Account, stranger: Account
) -> None:
    for account in (requester, stranger, requester):
        await open_ticket(client, account, categories["ECN"])
    page = await get(client, requester, "subscriptions/?per_page=1&page=2")
    assert page["_links"] == {
        "next": None,
        "prev": f"{API}/subscriptions/?page=1&per_page=1",
        "self": f"{API}/subscriptions/?page=2&per_page=1",
    }
    assert page["_meta"] == {"page": 2, "per_page": 1, "total_items": 2, "total_pages": 2}
    assert [item["user_id"] for item in page["items"]] == [requester.id]


async def test_the_subscriptions_of_no_ticket_are_an_empty_page(client: httpx.AsyncClient, requester: Account) -> None:
    assert await get(client, requester, "subscriptions/999999/") == {
        "_links": {"next": None, "prev": None, "self": f"{API}/subscriptions/999999/1/?per_page=50"},
        "_meta": {"page": 1, "per_page": 50, "total_items": 0, "total_pages": 0},
        "items": [],
    }


@pytest.mark.parametrize(
    "path", ["subscription/999999", "subscription/abc", "subscriptions/1/2/", "subscriptions/?page=2"]
)
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, requester: Account, path: str) -> None:
    answer = await client.get(f"/flicket-api/{path}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


async def test_of_ten_who_subscribe_somebody_at_once_one_does(empty_database: Database, settings: Settings) -> None:
    async with empty_database.sessions.begin() as session:
        agent, carol = await make_account(session, "agent", is_staff=True), await make_account(session, "carol")
        queue = await make_queue(session, "Dataset", await make_department(session, "Design"))
    async with client_over(settings, empty_database) as client:
        ticket = await open_ticket(client, agent, queue)
        body = {"ticket_id": ticket["id"], "user_id": carol.id}
        sent = [client.post("/flicket-api/subscriptions", headers=agent.bearer, json=body) for _ in range(10)]
        answers = await asyncio.gather(*sent)
        assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
        assert len({answer.json()["id"] for answer in answers}) == 1
        told = [one["action"] for one in await items(client, agent, f"actions/{ticket['id']}")]
        assert told == ["open", "subscribe"]


async def test_listing_subscriptions_asks_the_database_as_often_for_many_as_for_one(
    client: httpx.AsyncClient, connection: AsyncConnection, categories: Categories, agent: Account, session: Session
) -> None:
    ticket = await open_ticket(client, agent, categories["ECN"])
    paths = ("subscriptions/", f"subscriptions/{ticket['id']}/")
    for path in paths:
        async with counted(connection) as for_one:
            await get(client, agent, path)
        for n in range(3):
            account = await make_account(session, f"{path.replace('/', '-')}{n}")
            await post(client, agent, "subscriptions", {"ticket_id": ticket["id"], "user_id": account.id})
        async with counted(connection) as for_many:
            await get(client, agent, path)
        assert len(for_many) == len(for_one)


async def test_who_follows_a_ticket_for_a_private_reply_is_staffs_to_know_until_they_show_themselves(
    client: httpx.AsyncClient, categories: Categories, session: Session, requester: Account, agent: Account
) -> None:
    colleague = await make_account(session, "colleague", is_staff=True)
    ticket = await open_ticket(client, requester, categories["ECN"])
    path = f"subscriptions/{ticket['id']}/"

    async def seen_by(account: Account) -> list[str]:
        return [item["user_def"] for item in await items(client, account, path)]

    said = {"ticket": ticket["id"], "comment": "Between us.", "public": False}
    assert (await client.post("/api/followups/", headers=colleague.token, json=said)).status_code == 201
    (hidden,) = [one for one in await items(client, agent, path) if one["user_id"] == colleague.id]
    assert [await seen_by(one) for one in (requester, agent, colleague)] == [
        ["requester"],
        ["requester", "colleague"],
        ["requester", "colleague"],
    ]
    for method in ("GET", "DELETE"):
        url = f"/flicket-api/subscription/{hidden['id']}"
        assert (await client.request(method, url, headers=requester.bearer)).status_code == 404
    await post(client, colleague, "posts", {"ticket_id": ticket["id"], "content": "Hello."})
    assert (await client.post("/api/followups/", headers=colleague.token, json=said)).status_code == 201
    assert await seen_by(requester) == ["requester", "colleague"]


@pytest.mark.parametrize("how", ["by hand", "assigned"])
async def test_who_follows_a_ticket_in_public_is_not_hidden_by_a_private_reply(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account, how: str
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    said = {"ticket": ticket["id"], "comment": "Between us.", "public": False}
    assert (await client.post("/api/followups/", headers=agent.token, json=said)).status_code == 201
    if how == "by hand":
        await post(client, agent, "subscriptions", {"ticket_id": ticket["id"]})
    else:
        await post(client, agent, f"ticket/{ticket['id']}/claim")
    assert (await client.post("/api/followups/", headers=agent.token, json=said)).status_code == 201
    listed = await items(client, requester, f"subscriptions/{ticket['id']}/")
    assert [item["user_def"] for item in listed] == ["requester", "agent"]
