"""Actions over HTTP: what people did to a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from factories import Account, make_account
from flicket_desk import API, Json, get, items, make_private, open_ticket, post, reply
from helpdesk_api.db.session import Session
from helpdesk_api.models import Department, Event, Queue
from query_count import counted

Categories = Mapping[str, Queue]
Told = list[tuple[str, object, int | None]]


async def told(client: httpx.AsyncClient, account: Account, ticket: Json) -> Told:
    """Each action with its data and whom it was done to."""
    shown = await items(client, account, f"actions/{ticket['id']}")
    return [(one["action"], one["data"], one["recipient_id"]) for one in shown]


async def put(client: httpx.AsyncClient, account: Account, ticket: Json, **body: object) -> None:
    answer = await client.put(f"/flicket-api/ticket/{ticket['id']}", headers=account.bearer, json=body)
    assert answer.status_code == 200, answer.text


async def test_an_opened_ticket_has_an_action_shown_as_captured(
    client: httpx.AsyncClient, categories: Categories, requester: Account, session: Session
) -> None:
    ticket_id = (await open_ticket(client, requester, categories["ECN"]))["id"]
    event = (await session.scalars(select(Event).where(Event.ticket_id == ticket_id))).one()
    action = {
        "action": "open",
        "data": None,
        "date": f"{event.created_at:%a, %d %b %Y %H:%M:%S GMT}",
        "id": event.id,
        "links": {"actions": f"{API}/actions/{ticket_id}", "self": f"{API}/action/{event.id}"},
        "post_id": None,
        "recipient_id": None,
        "ticket_id": ticket_id,
        "user_id": requester.id,
    }
    assert await get(client, requester, f"action/{event.id}") == action
    assert await get(client, requester, f"actions/{ticket_id}") == {
        "_links": {"next": None, "prev": None, "self": f"{API}/actions/{ticket_id}?page=1&per_page=50"},
        "_meta": {"page": 1, "per_page": 50, "total_items": 1, "total_pages": 1},
        "items": [action],
    }


async def test_everything_a_person_does_to_a_ticket_has_its_word(
    client: httpx.AsyncClient,
    categories: Categories,
    departments: Mapping[str, Department],
    requester: Account,
    agent: Account,
    stranger: Account,
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    for what, body in (
        ("claim", None),
        ("release", None),
        ("assign", {"user_id": stranger.id}),
        ("close", None),
        ("reopen", None),
    ):
        await post(client, agent, f"ticket/{ticket['id']}/{what}", body)
    await put(client, agent, ticket, status_id=4)
    await put(client, agent, ticket, ticket_priority_id=3)
    await put(client, agent, ticket, category_id=categories["Internet"].id)
    await put(client, agent, ticket, status_id=2)
    await put(client, agent, ticket, title="of no interest here")
    followed = await post(client, agent, "subscriptions", {"ticket_id": ticket["id"]})
    await client.delete(f"/flicket-api/subscription/{followed['id']}", headers=agent.bearer)
    moved = {
        "category": "Internet",
        "category_id": categories["Internet"].id,
        "department": "IT",
        "department_category": "IT / Internet",
        "department_id": departments["IT"].id,
    }
    assert await told(client, requester, ticket) == [
        ("open", None, None),
        ("claim", None, None),
        ("release", None, None),
        ("assign", None, stranger.id),
        ("close", None, None),
        ("status", {"status": "In Work", "status_id": 3}, None),
        ("status", {"status": "Awaiting Information", "status_id": 4}, None),
        ("priority", {"priority": "high", "priority_id": 3}, None),
        ("department_category", moved, None),
        ("close", None, None),
        ("unsubscribe", None, agent.id),
    ]


async def test_subscribing_is_an_action_where_it_is_new(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account, session: Session
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    carol = await make_account(session, "carol")
    for _ in range(2):
        await post(client, agent, "subscriptions", {"ticket_id": ticket["id"], "user_id": carol.id})
    assert await told(client, carol, ticket) == [("open", None, None), ("subscribe", None, carol.id)]


async def test_a_category_is_called_as_it_was_at_the_time(
    client: httpx.AsyncClient, categories: Categories, agent: Account, session: Session
) -> None:
    ticket = await open_ticket(client, agent, categories["ECN"])
    await put(client, agent, ticket, category_id=categories["Internet"].id)
    await session.execute(update(Queue).where(Queue.id == categories["Internet"].id).values(title="Renamed"))
    shown = await items(client, agent, f"actions/{ticket['id']}")
    assert shown[1]["data"]["department_category"] == "IT / Internet"


async def test_an_action_names_the_last_post_before_it_that_one_may_see(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account, session: Session
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    said = await reply(client, agent, ticket)
    private = await reply(client, agent, ticket)
    await make_private(session, private)
    await post(client, agent, f"ticket/{ticket['id']}/claim")
    event_id = (await items(client, agent, f"actions/{ticket['id']}"))[1]["id"]
    # A test's transaction has one time for everything in it.
    await session.execute(
        update(Event).where(Event.type == "ticket.created").values(created_at=datetime(2026, 1, 5, tzinfo=UTC))
    )
    for account, post_id in ((requester, said["id"]), (agent, private["id"])):
        assert [one["post_id"] for one in await items(client, account, f"actions/{ticket['id']}")] == [None, post_id]
        assert (await get(client, account, f"action/{event_id}"))["post_id"] == post_id


async def test_actions_have_pages_in_the_query(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    await post(client, agent, f"ticket/{ticket['id']}/claim")
    await post(client, agent, f"ticket/{ticket['id']}/release")
    page = await get(client, requester, f"actions/{ticket['id']}?per_page=1&page=2")
    address = f"{API}/actions/{ticket['id']}"
    assert page["_links"] == {
        "next": f"{address}?page=3&per_page=1",
        "prev": f"{address}?page=1&per_page=1",
        "self": f"{address}?page=2&per_page=1",
    }
    assert page["_meta"] == {"page": 2, "per_page": 1, "total_items": 3, "total_pages": 3}
    assert [one["action"] for one in page["items"]] == ["claim"]


async def test_the_actions_of_no_ticket_are_an_empty_page(client: httpx.AsyncClient, requester: Account) -> None:
    assert await get(client, requester, "actions/999999") == {
        "_links": {"next": None, "prev": None, "self": f"{API}/actions/999999?page=1&per_page=50"},
        "_meta": {"page": 1, "per_page": 50, "total_items": 0, "total_pages": 0},
        "items": [],
    }


async def test_what_happened_to_a_hidden_ticket_is_hidden(
    client: httpx.AsyncClient, categories: Categories, requester: Account, stranger: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    action = (await items(client, requester, f"actions/{ticket['id']}"))[0]
    assert await items(client, stranger, f"actions/{ticket['id']}") == []
    answer = await client.get(f"/flicket-api/action/{action['id']}", headers=stranger.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


async def test_an_event_flicket_has_no_word_for_is_no_action(
    client: httpx.AsyncClient, categories: Categories, agent: Account, session: Session
) -> None:
    ticket = await open_ticket(client, agent, categories["ECN"])
    await reply(client, agent, ticket)
    event_id = await session.scalar(select(Event.id).where(Event.type == "followup.created"))
    answer = await client.get(f"/flicket-api/action/{event_id}", headers=agent.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})
    assert await told(client, agent, ticket) == [("open", None, None)]


@pytest.mark.parametrize("path", ["action/999999", "action/abc", "actions/abc", "actions/1?page=2", "actions/1/2/"])
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, requester: Account, path: str) -> None:
    answer = await client.get(f"/flicket-api/{path}", headers=requester.bearer)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


async def test_listing_actions_asks_the_database_as_often_for_many_as_for_one(
    client: httpx.AsyncClient, connection: AsyncConnection, categories: Categories, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    async with counted(connection) as for_one:
        await get(client, requester, f"actions/{ticket['id']}")
    for what in ("claim", "release", "close", "reopen"):
        await post(client, agent, f"ticket/{ticket['id']}/{what}")
        await reply(client, agent, ticket)
    async with counted(connection) as for_many:
        await get(client, requester, f"actions/{ticket['id']}")
    assert len(for_many) == len(for_one)
