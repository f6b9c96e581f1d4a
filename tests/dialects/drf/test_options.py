"""OPTIONS: what a path is and takes, in DRF's shape, to whoever may use it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from clients import client_over
from factories import Account
from helpdesk_api.db.engine import Database
from helpdesk_api.dialects.drf.fields import Choice, Integer, PrimaryKey
from helpdesk_api.settings import Settings

ALL_TYPES = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]


def taken(kind: str, label: str, *, required: bool = False, **more: Any) -> dict[str, Any]:
    """What is said of a field that can be sent."""
    return {"type": kind, "required": required, "read_only": False, "label": label, **more}


QUEUE_FIELDS = {
    "id": {"type": "integer", "required": False, "read_only": True, "label": "ID"},
    "title": taken("string", "Title", required=True, max_length=100),
    "slug": taken("slug", "Slug", help_text="In a new queue, by default the title as a slug.", max_length=50),
    "department": taken("field", "Department", help_text="In a new queue, by default the first one there is."),
    "default_assignee": taken("field", "Default assignee", help_text="Who gets tickets that name nobody."),
    "email_address": taken("email", "E-mail address", max_length=254),
    "active": taken("boolean", "Active"),
}


async def test_a_list_tells_staff_what_post_takes(client: httpx.AsyncClient, agent: Account) -> None:
    answer = await client.options("/api/queues/", headers=agent.token)
    assert (answer.status_code, answer.headers["allow"], answer.json()) == (
        200,
        "GET, POST, HEAD, OPTIONS",
        {
            "name": "Queue List",
            "description": "Every queue, oldest first.",
            "renders": ["application/json"],
            "parses": ALL_TYPES,
            "actions": {"POST": QUEUE_FIELDS},
        },
    )


async def test_one_thing_tells_staff_what_put_takes(client: httpx.AsyncClient, agent: Account) -> None:
    answer = await client.options("/api/queues/1", headers=agent.token)
    assert (answer.status_code, answer.headers["allow"], answer.json()) == (
        200,
        "GET, PUT, PATCH, DELETE, HEAD, OPTIONS",
        {
            "name": "Queue Instance",
            "description": "One queue.",
            "renders": ["application/json"],
            "parses": ALL_TYPES,
            "actions": {"PUT": QUEUE_FIELDS},
        },
    )


@pytest.mark.parametrize("path", ["/api/queues/", "/api/queues/1/", "/api/custom-fields/", "/api/users/"])
async def test_no_action_is_told_to_those_who_may_not(client: httpx.AsyncClient, requester: Account, path: str) -> None:
    answer = await client.options(path, headers=requester.token)
    assert answer.status_code == 200
    assert sorted(answer.json()) == ["description", "name", "parses", "renders"]


async def test_choices_limits_and_lists_are_told(client: httpx.AsyncClient, agent: Account) -> None:
    fields = (await client.options("/api/custom-fields/", headers=agent.token)).json()["actions"]["POST"]
    assert fields["data_type"]["choices"][:2] == [
        {"value": "varchar", "display_name": "varchar"},
        {"value": "text", "display_name": "text"},
    ]
    assert (fields["max_length"]["min_value"], fields["max_length"]["max_value"]) == (1, 1_000_000)
    assert (fields["list_values"]["type"], fields["list_values"]["child"]) == (
        "list",
        {"type": "string", "required": True, "read_only": False, "max_length": 200},
    )


async def test_what_an_upload_ticket_shows_is_read_only(client: httpx.AsyncClient, requester: Account) -> None:
    fields = (await client.options("/api/tickets/", headers=requester.token)).json()["actions"]["POST"]
    read_only = {"required": False, "read_only": True}
    assert fields["files"] == {
        "type": "field",
        **read_only,
        "label": "Files",
        "child": {
            "type": "nested object",
            **read_only,
            "children": {
                "file": {
                    "type": "string",
                    **read_only,
                    "label": "File",
                    "help_text": "Where the file is, as a path.",
                },
                "ticket": {"type": "integer", **read_only, "label": "Ticket", "help_text": "The ticket's id."},
            },
        },
    }
    assert (fields["limit"]["read_only"], fields["limit"]["required"], fields["user"]["read_only"]) == (
        False,
        True,
        True,
    )


async def test_staff_are_told_of_support_tickets_first_and_of_the_custom_fields(
    client: httpx.AsyncClient, agent: Account
) -> None:
    colour = {"name": "colour", "label": "Colour", "data_type": "list", "list_values": ["red"], "required": True}
    await client.post("/api/custom-fields/", headers=agent.token, json=colour)
    fields = (await client.options("/api/tickets/", headers=agent.token)).json()["actions"]["POST"]
    assert list(fields)[:3] == ["id", "queue", "title"]
    assert (fields["queue"]["required"], fields["limit"]["required"]) == (True, False)
    assert fields["priority"]["choices"][0] == {"value": 1, "display_name": "Critical"}
    assert fields["custom_colour"] == taken(
        "choice", "Colour", required=True, choices=[{"value": "red", "display_name": "red"}]
    )


async def test_files_come_by_multipart(client: httpx.AsyncClient, requester: Account) -> None:
    told = (await client.options("/api/files/", headers=requester.token)).json()
    assert told["parses"] == ["multipart/form-data"]
    assert told["actions"]["POST"]["file"]["type"] == "file upload"


async def test_nobody_is_told_401_but_on_open_paths(client: httpx.AsyncClient) -> None:
    refused = await client.options("/api/queues/")
    assert (refused.status_code, refused.headers["www-authenticate"], refused.json()) == (
        401,
        'Basic realm="api"',
        {"detail": "Authentication credentials were not provided."},
    )
    root = await client.options("/api/")
    assert (root.status_code, root.headers["allow"], root.json()["name"]) == (200, "GET, HEAD, OPTIONS", "Api Root")
    token = await client.options("/api-token-auth/")
    assert (token.headers["allow"], list(token.json()["actions"]["POST"])) == (
        "POST, OPTIONS",
        ["token", "username", "password"],
    )


@pytest.mark.parametrize("path", ["/healthz", "/media/x.png", "/docs"])
async def test_other_paths_say_only_what_they_allow(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.options(path)
    assert (answer.status_code, answer.headers["allow"], answer.content) == (200, "GET, HEAD, OPTIONS", b"")


async def test_every_path_answers_with_its_methods(app: FastAPI, client: httpx.AsyncClient, agent: Account) -> None:
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    for route in routes:
        path = re.sub(r"\{\w+\}", "1", route.path_format)
        answer = await client.options(path, headers=agent.bearer)
        assert answer.status_code == 200, path
        assert (route.methods or set()) <= set(answer.headers["allow"].split(", ")), path


async def test_paths_nobody_serves_are_404(client: httpx.AsyncClient, agent: Account) -> None:
    assert (await client.options("/api/nope/", headers=agent.token)).status_code == 404


async def test_a_preflight_is_the_browser_s_and_the_rest_is_described(
    settings: Settings, database: Database, agent: Account
) -> None:
    origin = {"Origin": "https://desk.example.com"}
    with_cors = settings.model_copy(update={"cors_origins": ["https://desk.example.com"]})
    async with client_over(with_cors, database) as client:
        asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}
        preflight = await client.options("/api/queues/1/", headers={**origin, **asked})
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == "https://desk.example.com"
        described = await client.options("/api/queues/1/", headers={**origin, **agent.token})
        assert described.json()["name"] == "Queue Instance"
        assert described.headers["access-control-allow-origin"] == "https://desk.example.com"


def test_choices_are_called_by_their_names() -> None:
    assert Choice(called="Status", choices=(1, 2), names=("Open", "Reopened")).metadata() == {
        "type": "choice",
        "choices": [{"value": 1, "display_name": "Open"}, {"value": 2, "display_name": "Reopened"}],
    }


def test_limits_that_are_none_are_not_told() -> None:
    assert (Integer().metadata(), PrimaryKey().metadata()) == ({"type": "integer"}, {"type": "field"})
