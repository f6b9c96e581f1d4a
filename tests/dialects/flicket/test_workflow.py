"""Claim, release, assign, close and reopen over HTTP; the rules themselves are tested with the domain."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from clients import client_over
from factories import Account, make_account, make_department, make_queue
from flicket_desk import API, Json, get, items, open_ticket, post
from helpdesk_api.db.engine import Database
from helpdesk_api.models import Queue
from helpdesk_api.settings import Settings

Categories = Mapping[str, Queue]


async def act(client: httpx.AsyncClient, account: Account, ticket: Json, what: str, **body: object) -> httpx.Response:
    """Do something with a ticket."""
    return await client.post(f"/flicket-api/ticket/{ticket['id']}/{what}", headers=account.bearer, json=body or None)


async def test_a_claimed_ticket_is_in_work_and_a_released_one_open(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    claimed = await act(client, agent, ticket, "claim")
    links = {**ticket["links"], "assigned": f"{API}/user/{agent.id}", "status": f"{API}/status/3"}
    assert (claimed.status_code, claimed.json()) == (
        200,
        {**ticket, "assigned_id": agent.id, "status_id": 3, "links": links},
    )
    assert await get(client, agent, f"ticket/{ticket['id']}") == claimed.json()
    released = await act(client, agent, ticket, "release")
    assert (released.status_code, released.json()) == (200, ticket)


async def test_an_assigned_ticket_is_the_assignees_to_see(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account, stranger: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    answer = await act(client, agent, ticket, "assign", user_id=stranger.id)
    assert (answer.status_code, answer.json()["assigned_id"]) == (200, stranger.id)
    assert await get(client, stranger, f"ticket/{ticket['id']}") == answer.json()


async def test_a_ticket_is_closed_with_a_last_word_and_opened_again(
    client: httpx.AsyncClient, categories: Categories, requester: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    closed = await act(client, requester, ticket, "close", content="It works again.")
    assert (closed.status_code, closed.json()["status_id"]) == (200, 2)
    assert [item["content"] for item in await items(client, requester, f"posts/{ticket['id']}/")] == ["It works again."]
    reopened = await act(client, requester, ticket, "reopen")
    assert (reopened.status_code, reopened.json()) == (200, ticket)


@pytest.mark.parametrize("body", [None, {}, {"content": None}, {"content": ""}])
async def test_closing_needs_no_word(
    client: httpx.AsyncClient, categories: Categories, requester: Account, body: dict[str, object] | None
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    assert (await post(client, requester, f"ticket/{ticket['id']}/close", body))["status_id"] == 2
    assert await items(client, requester, f"posts/{ticket['id']}/") == []


@pytest.mark.parametrize(
    ("what", "body", "message"),
    [
        ("assign", {}, "Must include user_id."),
        ("assign", {"user_id": "1"}, "user_id must be an integer."),
        ("assign", {"user_id": None}, "user_id must be an integer."),
        ("assign", {"user_id": 999999}, "user_id: There is no such active user."),
        ("close", {"content": ["x"]}, "content must be a text."),
    ],
)
async def test_a_body_that_is_wrong_is_refused(
    client: httpx.AsyncClient, categories: Categories, agent: Account, what: str, body: dict[str, object], message: str
) -> None:
    ticket = await open_ticket(client, agent, categories["ECN"])
    answer = await client.post(f"/flicket-api/ticket/{ticket['id']}/{what}", headers=agent.bearer, json=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request", "message": message})


async def test_what_the_state_does_not_allow_is_a_conflict(
    client: httpx.AsyncClient, categories: Categories, agent: Account, admin: Account
) -> None:
    ticket = await open_ticket(client, agent, categories["ECN"])
    await act(client, agent, ticket, "claim")
    closed = "This ticket is closed; reopen it first."
    steps: list[tuple[str, dict[str, object], str]] = [
        ("claim", {}, "This ticket is assigned to somebody else."),
        ("reopen", {}, "This ticket is not closed."),
        ("close", {}, ""),
        ("close", {}, closed),
        ("claim", {}, closed),
        ("assign", {"user_id": admin.id}, closed),
        ("release", {}, closed),
    ]
    for what, body, message in steps:
        answer = await act(client, admin, ticket, what, **body)
        if message:
            assert (answer.status_code, answer.json()) == (409, {"error": "Conflict", "message": message})
        else:
            assert answer.status_code == 200


async def test_releasing_what_nobody_works_on_is_a_conflict(
    client: httpx.AsyncClient, categories: Categories, agent: Account
) -> None:
    answer = await act(client, agent, await open_ticket(client, agent, categories["ECN"]), "release")
    assert (answer.status_code, answer.json()) == (
        409,
        {"error": "Conflict", "message": "This ticket is not assigned to anybody."},
    )


async def test_what_is_staffs_alone_is_forbidden_to_others(
    client: httpx.AsyncClient, categories: Categories, requester: Account, agent: Account
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    refusal = {"error": "Forbidden", "message": "You do not have permission to perform this action."}
    for what, body in (("claim", {}), ("assign", {"user_id": requester.id}), ("release", {})):
        answer = await act(client, requester, ticket, what, **body)
        assert (answer.status_code, answer.json()) == (403, refusal)


@pytest.mark.parametrize("what", ["claim", "release", "assign", "close", "reopen"])
async def test_a_hidden_ticket_is_not_found_whatever_one_wants_of_it(
    client: httpx.AsyncClient, categories: Categories, requester: Account, stranger: Account, what: str
) -> None:
    ticket = await open_ticket(client, requester, categories["ECN"])
    answer = await act(client, stranger, ticket, what, nonsense=True)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


async def test_of_twenty_who_claim_at_once_one_wins(empty_database: Database, tmp_path: Path) -> None:
    async with empty_database.sessions.begin() as session:
        agents = [await make_account(session, f"agent{n}", is_staff=True) for n in range(20)]
        queue = await make_queue(session, "Dataset", await make_department(session, "Design"))
    settings = Settings(_env_file=None, data_dir=tmp_path, password_rounds=4, log_level="WARNING")
    async with client_over(settings, empty_database) as client:
        ticket = await open_ticket(client, agents[0], queue)
        answers = await asyncio.gather(*[act(client, agent, ticket, "claim") for agent in agents])
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
        winner = next(answer.json()["assigned_id"] for answer in answers if answer.status_code == 200)
        claims = [item["user_id"] for item in await items(client, agents[0], f"actions/{ticket['id']}")]
        assert claims == [agents[0].id, winner]
        assert (await get(client, agents[0], f"ticket/{ticket['id']}"))["assigned_id"] == winner


async def test_of_twenty_who_close_at_once_one_does(empty_database: Database, tmp_path: Path) -> None:
    async with empty_database.sessions.begin() as session:
        agent = await make_account(session, "agent", is_staff=True)
        queue = await make_queue(session, "Dataset", await make_department(session, "Design"))
    settings = Settings(_env_file=None, data_dir=tmp_path, password_rounds=4, log_level="WARNING")
    async with client_over(settings, empty_database) as client:
        ticket = await open_ticket(client, agent, queue)
        answers = await asyncio.gather(*[act(client, agent, ticket, "close", content=f"{n}") for n in range(20)])
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
        assert len(await items(client, agent, f"posts/{ticket['id']}/")) == 1
        assert (await get(client, agent, f"user/{agent.id}"))["total_posts"] == 2
