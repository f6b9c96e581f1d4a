"""Histories over HTTP: texts as they were before an edit."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from factories import Account
from flicket_desk import API, Json, get, items, make_private, open_ticket, reply
from helpdesk_api.db.session import Session
from helpdesk_api.models import FollowUp, Queue, Revision
from query_count import counted

Categories = Mapping[str, Queue]


async def edit(client: httpx.AsyncClient, account: Account, path: str, content: str) -> None:
    """Change the text of a ticket or a post."""
    answer = await client.put(f"/flicket-api/{path}", headers=account.bearer, json={"content": content})
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def edited(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account
) -> tuple[Json, Json]:
    """A ticket and a post whose texts were changed: the ticket's by its opener and then by staff, the post's once."""
    ticket = await open_ticket(client, requester, categories["ECN"], content="one")
    said = await reply(client, requester, ticket, "first")
    await edit(client, requester, f"ticket/{ticket['id']}", "two")
    await edit(client, agent, f"ticket/{ticket['id']}", "three")
    await edit(client, agent, f"post/{said['id']}", "second")
    await edit(client, agent, f"post/{said['id']}", "second")
    await edit(client, requester, f"ticket/{ticket['id']}", "four")
    return ticket, said


async def test_the_old_texts_of_a_ticket_are_shown_with_who_had_left_them_so(
    client: httpx.AsyncClient, edited: tuple[Json, Json], requester: Account, agent: Account, session: Session
) -> None:
    ticket_id = edited[0]["id"]
    revisions = list(
        await session.scalars(select(Revision).where(Revision.followup_id.is_(None)).order_by(Revision.id))
    )
    assert await get(client, requester, f"histories/?topic_id={ticket_id}") == {
        "_links": {"next": None, "prev": None, "self": f"{API}/histories/1/?per_page=50&topic_id={ticket_id}"},
        "_meta": {"page": 1, "per_page": 50, "total_items": 3, "total_pages": 1},
        "items": [
            {
                "date_modified": f"{revision.created_at:%a, %d %b %Y %H:%M:%S GMT}",
                "id": revision.id,
                "links": {
                    "histories": f"{API}/histories/",
                    "post": None,
                    "self": f"{API}/history/{revision.id}",
                    "ticket": f"{API}/ticket/{ticket_id}",
                    "user": f"{API}/user/{user_id}",
                },
                "original_content": content,
                "post_id": None,
                "topic_id": ticket_id,
                "user_id": user_id,
            }
            for revision, content, user_id in zip(
                revisions, ("one", "two", "three"), (requester.id, requester.id, agent.id), strict=True
            )
        ],
    }


async def test_the_old_text_of_a_post_is_shown(
    client: httpx.AsyncClient, edited: tuple[Json, Json], requester: Account
) -> None:
    post_id = edited[1]["id"]
    page = await get(client, requester, f"histories/?post_id={post_id}&per_page=1")
    history = page["items"][0]
    assert page == {
        "_links": {"next": None, "prev": None, "self": f"{API}/histories/1/?per_page=1&post_id={post_id}"},
        "_meta": {"page": 1, "per_page": 1, "total_items": 1, "total_pages": 1},
        "items": [
            {
                "date_modified": history["date_modified"],
                "id": history["id"],
                "links": {
                    "histories": f"{API}/histories/",
                    "post": f"{API}/post/{post_id}",
                    "self": f"{API}/history/{history['id']}",
                    "ticket": None,
                    "user": f"{API}/user/{requester.id}",
                },
                "original_content": "first",
                "post_id": post_id,
                "topic_id": None,
                "user_id": requester.id,
            }
        ],
    }
    assert await get(client, requester, f"history/{history['id']}") == history


async def test_all_histories_stand_in_the_order_of_the_edits_with_pages_in_the_path(
    client: httpx.AsyncClient, edited: tuple[Json, Json], requester: Account, stranger: Account
) -> None:
    assert [one["original_content"] for one in await items(client, requester, "histories/")] == [
        "one",
        "two",
        "first",
        "three",
    ]
    page = await get(client, requester, f"histories/2/?topic_id={edited[0]['id']}&per_page=1&page=1")
    kept = f"per_page=1&topic_id={edited[0]['id']}"
    assert page["_links"] == {
        "next": f"{API}/histories/3/?{kept}",
        "prev": f"{API}/histories/1/?{kept}",
        "self": f"{API}/histories/2/?{kept}",
    }
    assert [one["original_content"] for one in page["items"]] == ["two"]
    assert await items(client, stranger, "histories/") == []


async def test_a_topic_and_a_post_at_once_is_nothing(
    client: httpx.AsyncClient, edited: tuple[Json, Json], requester: Account
) -> None:
    assert await items(client, requester, f"histories/?topic_id={edited[0]['id']}&post_id={edited[1]['id']}") == []


@pytest.mark.parametrize("query", ["topic_id=abc", "post_id=1.5"])
async def test_a_filter_that_is_no_number_is_refused(client: httpx.AsyncClient, requester: Account, query: str) -> None:
    answer = await client.get(f"/flicket-api/histories/?{query}", headers=requester.bearer)
    message = f"{query.partition('=')[0]} must be an integer."
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})


async def test_the_history_of_a_private_post_is_for_staff(
    client: httpx.AsyncClient, edited: tuple[Json, Json], requester: Account, agent: Account, session: Session
) -> None:
    history = (await items(client, agent, f"histories/?post_id={edited[1]['id']}"))[0]
    await make_private(session, edited[1])
    assert await items(client, requester, f"histories/?post_id={edited[1]['id']}") == []
    assert "first" not in [one["original_content"] for one in await items(client, requester, "histories/")]
    answer = await client.get(f"/flicket-api/history/{history['id']}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})
    assert await get(client, agent, f"history/{history['id']}") == history


async def test_what_was_the_text_of_no_post_is_no_history(
    client: httpx.AsyncClient, edited: tuple[Json, Json], agent: Account, session: Session
) -> None:
    opening = FollowUp.ticket_id == edited[0]["id"]
    opening_id = await session.scalar(select(FollowUp.id).where(opening, FollowUp.is_opening))
    session.add(Revision(ticket_id=edited[0]["id"], followup_id=opening_id, editor_id=agent.id, content="x"))
    await session.flush()
    assert len(await items(client, agent, "histories/")) == 4


@pytest.mark.parametrize("path", ["history/999999", "history/abc", "histories/2/"])
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, requester: Account, path: str) -> None:
    answer = await client.get(f"/flicket-api/{path}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


async def test_listing_histories_asks_the_database_as_often_for_many_as_for_one(
    client: httpx.AsyncClient, connection: AsyncConnection, edited: tuple[Json, Json], requester: Account
) -> None:
    async with counted(connection) as for_one:
        await get(client, requester, f"histories/?post_id={edited[1]['id']}")
    async with counted(connection) as for_many:
        await get(client, requester, "histories/")
    assert len(for_many) == len(for_one)
