"""Posts over HTTP: the replies to a ticket."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from factories import Account
from flicket_desk import API, get, items, make_private, open_ticket, post, reply
from helpdesk_api.db.session import Session
from helpdesk_api.models import FollowUp, Queue, Ticket, User
from query_count import counted

Categories = Mapping[str, Queue]


async def test_a_reply_is_kept_and_shown_as_documented(
    client: httpx.AsyncClient, categories: Categories, requester: Account, session: Session
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    body = {"ticket_id": ticket["id"], "content": "this is my post"}
    answer = await client.post("/flicket-api/posts", headers=requester.bearer, json=body)
    written = answer.json()
    stored = await session.get_one(FollowUp, written["id"])
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{API}/post/{stored.id}"
    assert written == {
        "content": "this is my post",
        "data_added": f"{stored.created_at:%a, %d %b %Y %H:%M:%S GMT}",
        "date_modified": None,
        "id": stored.id,
        "links": {
            "created_by": f"{API}/user/{requester.id}",
            "posts": f"{API}/posts/{ticket['id']}/",
            "self": f"{API}/post/{stored.id}",
        },
        "ticket_id": ticket["id"],
        "user_id": requester.id,
    }
    assert await get(client, requester, f"post/{stored.id}") == written


async def test_posts_are_listed_oldest_first_with_pages_in_the_path(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    other = await open_ticket(client, requester, categories["ECN"])
    said = [await reply(client, account, ticket, "word") for account in (agent, requester, agent)]
    await reply(client, agent, other)
    path = f"posts/{ticket['id']}"
    assert await get(client, requester, f"{path}/") == {
        "_links": {"next": None, "prev": None, "self": f"{API}/{path}/1/?per_page=50"},
        "_meta": {"page": 1, "per_page": 50, "total_items": 3, "total_pages": 1},
        "items": said,
    }
    assert await get(client, requester, f"{path}/2/?per_page=2&page=1") == {
        "_links": {"next": None, "prev": f"{API}/{path}/1/?per_page=2", "self": f"{API}/{path}/2/?per_page=2"},
        "_meta": {"page": 2, "per_page": 2, "total_items": 3, "total_pages": 2},
        "items": said[2:],
    }


async def test_the_posts_of_a_ticket_without_any_are_an_empty_page(
    client: httpx.AsyncClient, categories: Categories, requester: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    for ticket_id in (ticket["id"], 999999):
        assert await get(client, requester, f"posts/{ticket_id}/") == {
            "_links": {"next": None, "prev": None, "self": f"{API}/posts/{ticket_id}/1/?per_page=50"},
            "_meta": {"page": 1, "per_page": 50, "total_items": 0, "total_pages": 0},
            "items": [],
        }
        answer = await client.get(f"/flicket-api/posts/{ticket_id}/2/", headers=requester.bearer)
        assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


async def test_neither_the_opening_nor_a_follow_up_that_says_nothing_is_a_post(
    client: httpx.AsyncClient, categories: Categories, agent: Account, session: Session
) -> None:
    ticket = await open_ticket(client, agent, categories["ECN"])
    await post(client, agent, f"ticket/{ticket['id']}/close")
    followups = (await session.scalars(FollowUp.__table__.select().with_only_columns(FollowUp.id))).all()
    assert len(followups) == 2
    assert await items(client, agent, f"posts/{ticket['id']}/") == []
    for followup_id in followups:
        for method in ("GET", "PUT", "DELETE"):
            url = f"/flicket-api/post/{followup_id}"
            answer = await client.request(method, url, headers=agent.bearer, json={"content": "x"})
            assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Must include ticket_id and content."),
        ({"content": "x"}, "Must include ticket_id and content."),
        ({"ticket_id": "1", "content": "x"}, "ticket_id must be an integer."),
        ({"ticket_id": 0, "content": "x"}, "not a valid ticket_id"),
        ({"ticket_id": 999999, "content": "x"}, "not a valid ticket_id"),
        ({"ticket_id": 1, "content": ""}, "content must not be blank."),
        ({"ticket_id": 1, "content": None}, "content must not be null."),
        ({"ticket_id": 1, "content": ["x"]}, "content must be a text."),
    ],
)
async def test_a_post_that_is_wrong_is_refused(
    client: httpx.AsyncClient, agent: Account, body: dict[str, object], message: str
) -> None:
    answer = await client.post("/flicket-api/posts", headers=agent.bearer, json=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})


async def test_a_ticket_one_may_not_see_is_no_ticket_to_reply_to(
    client: httpx.AsyncClient, categories: Categories, requester: Account, stranger: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    body = {"ticket_id": ticket["id"], "content": "x"}
    answer = await client.post("/flicket-api/posts", headers=stranger.bearer, json=body)
    assert (answer.status_code, answer.json()["message"]) == (400, "not a valid ticket_id")


async def test_a_reply_to_a_closed_ticket_is_kept_and_does_not_open_it(
    client: httpx.AsyncClient, categories: Categories, requester: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    await post(client, requester, f"ticket/{ticket['id']}/close")
    said = await reply(client, requester, ticket)
    assert await items(client, requester, f"posts/{ticket['id']}/") == [said]
    assert (await get(client, requester, f"ticket/{ticket['id']}"))["status_id"] == 2


async def test_what_staff_say_here_is_public(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    said = await reply(client, agent, ticket)
    assert await get(client, requester, f"post/{said['id']}") == said


async def test_replies_are_counted_and_whoever_replies_follows_the_ticket(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account, session: Session
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    said = [await reply(client, agent, ticket) for _ in range(2)]
    followers = [item["user_id"] for item in await items(client, agent, f"subscriptions/{ticket['id']}/")]
    assert followers == [requester.id, agent.id]
    await client.delete(f"/flicket-api/post/{said[0]['id']}", headers=agent.bearer)
    counts = (await session.get_one(Ticket, ticket["id"])).reply_count
    posts = [
        (await session.get_one(User, account.id, populate_existing=True)).total_posts for account in (requester, agent)
    ]
    assert (counts, posts) == (1, [1, 1])


async def test_its_author_changes_a_post_and_the_date_says_so(
    client: httpx.AsyncClient, categories: Categories, requester: Account, session: Session
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    said = await reply(client, requester, ticket)
    url = f"/flicket-api/post/{said['id']}"
    answer = await client.put(url, headers=requester.bearer, json={"content": "Never mind."})
    stored = await session.get_one(FollowUp, said["id"])
    assert stored.modified_at is not None
    changed = {**said, "content": "Never mind.", "date_modified": f"{stored.modified_at:%a, %d %b %Y %H:%M:%S GMT}"}
    assert (answer.status_code, answer.json()) == (200, changed)
    assert await get(client, requester, f"post/{said['id']}") == changed


@pytest.mark.parametrize(
    ("body", "message"), [({}, "Must include content."), ({"content": ""}, "content must not be blank.")]
)
async def test_a_post_is_not_emptied(
    client: httpx.AsyncClient, categories: Categories, requester: Account, body: dict[str, str], message: str
) -> None:
    said = await reply(client, requester, await open_ticket(client, requester, categories["ECN"]))
    answer = await client.put(f"/flicket-api/post/{said['id']}", headers=requester.bearer, json=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})


async def test_staff_change_and_delete_any_post_and_others_only_their_own(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    by_agent, by_requester = await reply(client, agent, ticket), await reply(client, requester, ticket)
    url = f"/flicket-api/post/{by_agent['id']}"
    assert (await client.put(url, headers=requester.bearer, json={"content": "x"})).status_code == 403
    assert (await client.delete(url, headers=requester.bearer)).status_code == 403
    url = f"/flicket-api/post/{by_requester['id']}"
    assert (await client.put(url, headers=agent.bearer, json={"content": "x"})).status_code == 200
    answer = await client.delete(url, headers=agent.bearer)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.get(url, headers=agent.bearer)).status_code == 404
    assert (await client.delete(url, headers=agent.bearer)).status_code == 404


async def test_a_private_post_is_not_there_for_plain_users_not_even_its_ticket_s_opener(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account, session: Session
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    said = await reply(client, agent, ticket)
    await make_private(session, said)
    for method in ("GET", "PUT", "DELETE"):
        url = f"/flicket-api/post/{said['id']}"
        answer = await client.request(method, url, headers=requester.bearer, json={"content": "x"})
        assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})
    assert await items(client, requester, f"posts/{ticket['id']}/") == []
    assert await items(client, agent, f"posts/{ticket['id']}/") == [said]


async def test_listing_posts_asks_the_database_as_often_for_many_as_for_one(
    client: httpx.AsyncClient, connection: AsyncConnection, categories: Categories, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    await reply(client, agent, ticket)
    async with counted(connection) as for_one:
        await get(client, requester, f"posts/{ticket['id']}/")
    for _ in range(3):
        await reply(client, agent, ticket)
        await reply(client, requester, ticket)
    async with counted(connection) as for_many:
        await get(client, requester, f"posts/{ticket['id']}/")
    assert len(for_many) == len(for_one)


@pytest.mark.parametrize("path", ["posts/abc/", "posts/1/0/", "posts/1/abc/", "post/abc", "post/0"])
async def test_what_is_no_number_is_not_found(client: httpx.AsyncClient, requester: Account, path: str) -> None:
    answer = await client.get(f"/flicket-api/{path}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})
