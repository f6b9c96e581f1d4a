"""Every request of the upload-ticket document, answered as the document answers it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from clients import client_over
from factories import PASSWORD, PNG, make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.models import Ticket
from helpdesk_api.settings import Settings

DOCUMENT = json.loads(Path(__file__).with_name("exchanges.json").read_text())


@pytest.fixture
async def desk(empty_database: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A help desk that has just been set up: the admin is its only user and the first ticket gets the id 1."""
    async with unit_of_work(empty_database.sessions) as session:
        await make_account(session, "admin", is_staff=True, is_superuser=True)
    async with client_over(settings, empty_database) as client:
        yield client


def filled(value: Any, words: dict[str, str]) -> Any:
    """A value of the document with what it masks filled in."""
    text = json.dumps(value)
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", word)
    return json.loads(text)


async def play(client: httpx.AsyncClient, name: str, query: str = "", **words: str) -> tuple[int, Any]:
    """Send a request of the document; the status and body of its answer."""
    request = filled(DOCUMENT[name]["request"], words)
    options: dict[str, Any] = {"headers": request.get("headers", {})}
    if "body" in request:
        options["json"] = request["body"]
    if "form" in request:
        options["data"] = {"ticket": request["form"]["ticket"]}
        options["files"] = {"file": (request["form"]["file"], PNG, "image/png")}
    answer = await client.request(request["method"], request["path"] + query, **options)
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, answer.json()


def documented(name: str, **words: str) -> tuple[int, Any]:
    """The answer the document gives."""
    response = filled(DOCUMENT[name]["response"], words)
    return response["status"], response["body"]


async def token_of(client: httpx.AsyncClient) -> str:
    """The admin's token, got as the document says."""
    status, body = await play(client, "obtain_auth_token", password=PASSWORD)
    assert (status, body) == documented("obtain_auth_token", token=body["token"])
    return str(body["token"])


async def test_the_api_root_names_what_the_document_names(desk: httpx.AsyncClient) -> None:
    status, links = documented("api_root")
    answered, body = await play(desk, "api_root")
    assert (answered, {name: body[name] for name in links}) == (status, links)


async def test_a_ticket_is_created_and_filled_as_documented(desk: httpx.AsyncClient) -> None:
    token = await token_of(desk)
    assert await play(desk, "create_ticket", token=token) == documented("create_ticket")
    assert await play(desk, "upload_file", token=token) == documented("upload_file")


async def test_tickets_are_listed_as_documented(desk: httpx.AsyncClient, empty_database: Database) -> None:
    token = await token_of(desk)
    for _ in range(3):
        await play(desk, "create_ticket", token=token)
    for name in ("image1.png", "image2.png"):
        files = {"file": (name, PNG, "image/png")}
        await desk.post("/api/files/", headers={"Authorization": f"Token {token}"}, data={"ticket": 1}, files=files)
    status, example = documented("list_tickets")
    # The example's ticket has two of five files, so by the document's own words it is not PENDING.
    first = example["results"][0] | {"status": "IN PROGRESS"}
    others = [
        first | {"url": f"http://localhost:8000/api/tickets/{number}/", "status": "PENDING", "files": []}
        for number in (2, 3)
    ]
    assert await play(desk, "list_tickets", token=token) == (status, example | {"results": [first, *others]})

    async with unit_of_work(empty_database.sessions) as session:
        old = datetime(2018, 12, 12, 23, 30, tzinfo=UTC)
        await session.execute(update(Ticket).where(Ticket.id == 3).values(created_at=old))
    found = {"?status=PENDING": others, "?start_date=2018-12-12": [first, *others]}
    for query in DOCUMENT["list_tickets"]["request"]["queries"]:
        expected = found.get(query, others[1:])
        answer = await play(desk, "list_tickets", query, token=token)
        assert answer == (status, example | {"count": len(expected), "results": expected}), query


async def test_a_ticket_has_the_documented_statuses_in_their_order(desk: httpx.AsyncClient) -> None:
    token = await token_of(desk)
    headers = {"Authorization": f"Token {token}"}
    body = {"limit": 2, "status": "PENDING"}
    url = (await desk.post("/api/tickets/", headers=headers, json=body)).json()["url"]
    statuses = []
    for name in ("", "image1.png", "image2.png"):
        if name:
            await desk.post("/api/files/", headers=headers, data={"ticket": 1}, files={"file": (name, PNG)})
        statuses.append((await desk.get(url, headers=headers)).json()["status"])
    assert statuses == list(DOCUMENT["statuses"])
