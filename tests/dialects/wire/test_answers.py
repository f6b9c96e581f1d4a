"""What is sent without being validated on the way is what the OpenAPI document says."""

from __future__ import annotations

from typing import Any, get_origin, get_type_hints

import httpx
import orjson
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from factories import Account
from helpdesk_api.dialects.wire.answers import Json

SUPPORT = {"title": "Printer", "description": "On fire", "submitter_email": "someone@example.com", "priority": 2}
PATHS = {
    "listTickets": "/api/tickets/",
    "getTicket": "/api/tickets/{ticket_id}/",
    "flicketListTickets": "/flicket-api/tickets/",
    "flicketPageTickets": "/flicket-api/tickets/1/",
    "getOwnUser": "/api/users/me/",
    "getUser": "/api/users/{user_id}/",
}
USERS = {
    "createUser": ("POST", "/api/users/", {"username": "jblogs", "password": "correct-horse-battery"}, 201),
    "changeUser": ("PATCH", "/api/users/{user_id}/", {"first_name": "Joe"}, 200),
}
OPENINGS = {
    "createTicket": ("/api/tickets/", "queue"),
    "flicketCreateTicket": ("/flicket-api/tickets", "category_id"),
}


def unvalidated_routes(app: FastAPI) -> dict[str, APIRoute]:
    """The routes that answer `Json`, by operation id."""
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    answers = {route.operation_id or "": get_type_hints(route.endpoint).get("return") for route in routes}
    return {
        route.operation_id or "": route for route in routes if get_origin(answers[route.operation_id or ""]) is Json
    }


def test_every_such_route_is_looked_at(app: FastAPI) -> None:
    assert sorted(unvalidated_routes(app)) == sorted([*PATHS, *OPENINGS, *USERS])


@pytest.fixture
async def ticket_id(client: httpx.AsyncClient, agent: Account) -> int:
    """A support ticket with something of everything, beside an upload ticket with a file."""
    upload = (await client.post("/api/tickets/", json={"limit": 2}, headers=agent.token)).json()
    about = {"ticket": upload["url"].split("/")[-2]}
    file = {"file": ("note.txt", b"Water", "text/plain")}
    assert (await client.post("/api/files/", data=about, files=file, headers=agent.token)).status_code == 200
    field = {"name": "c", "label": "C", "data_type": "integer"}
    assert (await client.post("/api/custom-fields/", json=field, headers=agent.token)).status_code == 201
    queue = (await client.get("/api/queues/", headers=agent.token)).json()["results"][0]["id"]
    new = {**SUPPORT, "queue": queue, "custom_c": 3}
    opened = (await client.post("/api/tickets/", json=new, headers=agent.token)).json()
    said = {"ticket": opened["id"], "title": "Seen", "comment": "Soon", "time_spent": "01:00:00"}
    assert (await client.post("/api/followups/", data=said, headers=agent.token)).status_code == 201
    return int(opened["id"])


@pytest.mark.parametrize("operation", PATHS)
async def test_an_answer_is_one_its_type_takes(
    app: FastAPI, client: httpx.AsyncClient, agent: Account, ticket_id: int, operation: str
) -> None:
    answer = await client.get(PATHS[operation].format(ticket_id=ticket_id, user_id=agent.id), headers=agent.token)
    assert answer.status_code == 200
    assert_is_documented(app, operation, answer)


@pytest.mark.parametrize("operation", USERS)
async def test_an_account_is_answered_as_its_type_says(
    app: FastAPI, client: httpx.AsyncClient, agent: Account, operation: str
) -> None:
    method, path, body, status = USERS[operation]
    answer = await client.request(method, path.format(user_id=agent.id), json=body, headers=agent.token)
    assert answer.status_code == status
    assert_is_documented(app, operation, answer)


def assert_is_documented(app: FastAPI, operation: str, answer: httpx.Response) -> None:
    """Hold an answer's body against the type that the document has for it."""
    assert answer.headers["content-type"] == "application/json"
    adapter: TypeAdapter[Any] = TypeAdapter(unvalidated_routes(app)[operation].response_model)
    read = adapter.validate_json(answer.content, strict=True)
    assert orjson.loads(adapter.dump_json(read)) == answer.json()


@pytest.mark.parametrize("operation", OPENINGS)
async def test_a_new_ticket_is_answered_as_its_type_says_and_as_it_is_read_afterwards(
    app: FastAPI, client: httpx.AsyncClient, agent: Account, operation: str
) -> None:
    path, queue_name = OPENINGS[operation]
    queue = (await client.get("/api/queues/", headers=agent.token)).json()["results"][0]["id"]
    body = {"title": "Printer", "content": "On fire", "ticket_priority_id": 2, queue_name: queue}
    opened = await client.post(path, json=body, headers=agent.token)
    assert opened.status_code == 201
    route = unvalidated_routes(app)[operation]
    TypeAdapter(route.response_model).validate_json(opened.content, strict=True)
    number = opened.json()["id"]
    where = f"/api/tickets/{number}/" if operation == "createTicket" else f"/flicket-api/ticket/{number}"
    assert (await client.get(where, headers=agent.token)).json() == opened.json()
