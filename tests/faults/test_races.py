"""Races between real requests to two workers: whatever wins, what must hold holds."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from factories import PASSWORD, PNG
from fault_aftermath import AGREED, disagreements
from suffering import Sufferer

FULL = {"ticket": ["This ticket already has all the files it asked for."]}
Headers = dict[str, str]


@pytest.fixture
async def client(unharmed: Sufferer) -> AsyncIterator[httpx.AsyncClient]:
    """The admin, on as many connections as there are requests, so that both workers get theirs."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    headers = await unharmed.sign_in()
    async with httpx.AsyncClient(base_url=unharmed.url, headers=headers, limits=limits, timeout=60) as client:
        yield client


@pytest.fixture
async def agents(client: httpx.AsyncClient) -> list[Headers]:
    """The credentials of twenty agents."""
    family = name_of_its_own("agent")

    async def agent(name: str) -> Headers:
        body = {"username": name, "password": PASSWORD, "is_staff": True}
        assert (await client.post("/api/users/", json=body)).status_code == 201
        answer = await client.post("/api-token-auth/", json={"username": name, "password": PASSWORD})
        return {"Authorization": f"Token {answer.json()['token']}"}

    return list(await asyncio.gather(*(agent(f"{family}.{number}") for number in range(20))))


def name_of_its_own(what: str) -> str:
    """A name that no other test uses."""
    return f"{what}-{secrets.token_hex(4)}"


async def made(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a POST made."""
    answer = await client.post(path, json=body)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def upload_ticket(client: httpx.AsyncClient, limit: int) -> int:
    """A new upload ticket's id."""
    return int((await made(client, "/api/tickets/", {"limit": limit}))["url"].rstrip("/").rpartition("/")[2])


async def support_ticket(client: httpx.AsyncClient) -> int:
    """A new support ticket's id."""
    department = (await made(client, "/flicket-api/departments", {"department": name_of_its_own("IT")}))["id"]
    category = {"category": "Printers", "department_id": department}
    queue = (await made(client, "/flicket-api/categories", category))["id"]
    return int((await made(client, "/api/tickets/", {"queue": queue, "title": "Printer on fire"}))["id"])


async def send(client: httpx.AsyncClient, ticket: int, content: bytes = PNG, name: str = "a.png") -> httpx.Response:
    """Upload a file."""
    return await client.post("/api/files/", data={"ticket": str(ticket)}, files={"file": (name, content)})


async def test_of_forty_uploads_on_a_limit_of_five_five_get_in(client: httpx.AsyncClient, unharmed: Sufferer) -> None:
    ticket = await upload_ticket(client, 5)
    answers = await asyncio.gather(*(send(client, ticket, PNG + bytes([number])) for number in range(40)))
    assert Counter(answer.status_code for answer in answers) == {200: 5, 400: 35}
    assert all(answer.json() == FULL for answer in answers if answer.status_code == 400)
    shown = (await client.get(f"/api/tickets/{ticket}/")).json()
    sent = sorted(answer.json()["file"] for answer in answers if answer.status_code == 200)
    assert (shown["status"], sorted(one["file"] for one in shown["files"])) == ("COMPLETED", sent)
    assert await disagreements(unharmed.database, unharmed.service.media) == AGREED


async def test_a_ticket_deleted_beside_uploads_takes_all_of_them_with_it(
    client: httpx.AsyncClient, unharmed: Sufferer
) -> None:
    for _ in range(5):
        ticket = await upload_ticket(client, 100)
        answers = await asyncio.gather(
            *(send(client, ticket, name="delete-me.png") for _ in range(8)),
            client.delete(f"/api/tickets/{ticket}/"),
            *(send(client, ticket, name="delete-me.png") for _ in range(8)),
        )
        statuses = Counter(answer.status_code for answer in answers)
        assert (statuses[204], set(statuses) <= {200, 204, 400, 404}) == (1, True)
        assert (await client.get(f"/api/tickets/{ticket}/")).status_code == 404
        assert await disagreements(unharmed.database, unharmed.service.media) == AGREED
    assert list(unharmed.service.media.rglob("delete-me*")) == []


async def test_files_deleted_beside_uploads_keep_the_count_right(client: httpx.AsyncClient, unharmed: Sufferer) -> None:
    ticket = await upload_ticket(client, 10)
    for _ in range(10):
        assert (await send(client, ticket)).status_code == 200
    listed = (await client.get("/api/files/", params={"ticket": ticket})).json()
    urls = [httpx.URL(one["url"]).path for one in listed["results"]]
    answers = await asyncio.gather(
        *(work for url in urls for work in (client.delete(url), send(client, ticket), client.delete(url)))
    )
    statuses = Counter(answer.status_code for answer in answers)
    assert (statuses[204], statuses[404]) == (10, 10)
    shown = (await client.get(f"/api/tickets/{ticket}/")).json()
    assert len(shown["files"]) == statuses[200] <= 10
    assert await disagreements(unharmed.database, unharmed.service.media) == AGREED


async def test_of_twenty_claims_of_one_ticket_one_wins(client: httpx.AsyncClient, agents: list[Headers]) -> None:
    ticket = await support_ticket(client)
    answers = await asyncio.gather(
        *(client.post(f"/flicket-api/ticket/{ticket}/claim", headers=agent) for agent in agents)
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 19}
    (winner,) = (answer.json()["assigned_id"] for answer in answers if answer.status_code == 200)
    assert (await client.get(f"/flicket-api/ticket/{ticket}")).json()["assigned_id"] == winner
    actions = (await client.get(f"/flicket-api/actions/{ticket}")).json()["items"]
    assert [one["user_id"] for one in actions if one["action"] == "claim"] == [winner]


async def test_of_twenty_of_one_name_one_is_made(client: httpx.AsyncClient) -> None:
    department = (await made(client, "/flicket-api/departments", {"department": name_of_its_own("IT")}))["id"]
    attempts: list[tuple[str, dict[str, Any], str]] = [
        (
            "/api/users/",
            {"username": name_of_its_own("twin"), "password": PASSWORD},
            "A user with that username already exists.",
        ),
        ("/flicket-api/departments", {"department": "Twins"}, "Department already created."),
        ("/flicket-api/categories", {"category": "Twins", "department_id": department}, "already exists."),
    ]
    for path, body, message in attempts:
        answers = await asyncio.gather(*(client.post(path, json=body) for _ in range(20)))
        refused = [answer for answer in answers if answer.status_code != 201]
        assert {answer.status_code for answer in refused} <= {400, 409}, path
        assert (len(refused), all(message in answer.text for answer in refused)) == (19, True), refused[0].text


async def test_follow_ups_that_change_the_status_beside_closings_leave_what_the_last_of_them_said(
    client: httpx.AsyncClient, agents: list[Headers]
) -> None:
    ticket = await support_ticket(client)
    statuses = [1, 2, 3, 4] * 5
    answers = await asyncio.gather(
        *(
            work
            for number, (agent, status) in enumerate(zip(agents, statuses, strict=True))
            for work in (
                client.post(
                    "/api/followups/",
                    headers=agent,
                    json={"ticket": ticket, "comment": str(number), "new_status": status},
                ),
                client.post(f"/flicket-api/ticket/{ticket}/close", headers=agent, json={"content": "done"}),
            )
        )
    )
    assert {answer.status_code for answer in answers[::2]} == {201}
    assert {answer.status_code for answer in answers[1::2]} <= {200, 409}
    shown = (await client.get(f"/api/tickets/{ticket}/")).json()
    said = [one["new_status"] for one in shown["followup_set"] if one["new_status"] is not None]
    assert len(said) == 20 + sum(answer.status_code == 200 for answer in answers[1::2])
    assert shown["status"] == said[-1]
