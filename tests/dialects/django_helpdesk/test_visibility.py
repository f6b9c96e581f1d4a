"""What plain users never get to see of their own support tickets, whichever route of whichever dialect they ask."""

from __future__ import annotations

import itertools
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from clients import client_over
from factories import Account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.models import CustomField
from helpdesk_api.settings import Settings

Post = Callable[..., Awaitable[dict[str, Any]]]
FORBIDDEN = {"detail": "You do not have permission to perform this action."}
SECRET = "xyzzy"


@pytest.fixture
async def ticket(
    session: Session, requester: Account, stranger: Account, open_ticket: Post, say: Post
) -> dict[str, Any]:
    """The requester's ticket, assigned to the stranger, with secrets in everything that is staff's alone."""
    session.add(CustomField(name=f"{SECRET}_field", label=SECRET, data_type="varchar", staff_only=True))
    await session.flush()
    opened = await open_ticket(
        submitter_email="requester@example.com", assigned_to=stranger.id, **{f"custom_{SECRET}_field": SECRET}
    )
    await say(opened["id"], "Hello", ("open.txt",), public="true")
    await say(opened["id"], f"Between us: {SECRET}", (f"{SECRET}.txt",), title=SECRET, new_status="4")
    return opened


def filled(path: str) -> Iterator[str]:
    """A route's path with small numbers for its parameters."""
    names = re.findall(r"{(\w+)(?::\w+)?}", path)
    bare = re.sub(r"{(\w+):\w+}", r"{\1}", path)
    for values in itertools.product(range(1, 5), repeat=len(names)):
        yield bare.format(**dict(zip(names, values, strict=True)))


@pytest.mark.parametrize("who", ["requester", "stranger"])
@pytest.mark.parametrize("visibility", ["requester", "team"])
async def test_no_route_at_all_tells_a_plain_user_what_is_staffs_alone(
    settings: Settings,
    database: Database,
    app: FastAPI,
    requester: Account,
    stranger: Account,
    admin: Account,
    ticket: dict[str, Any],
    visibility: str,
    who: str,
) -> None:
    account = {"requester": requester, "stranger": stranger}[who]
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    paths = {path for route in routes if "GET" in (route.methods or ()) for path in filled(route.path)}
    settings = settings.model_copy(update={"ticket_visibility": visibility})
    async with client_over(settings, database) as client:
        whole = (await client.get(f"/api/tickets/{ticket['id']}/", headers=admin.token)).text
        assert whole.count(SECRET) > 5
        for path in sorted(paths):
            for query in ("", f"?search={SECRET}", f"?q={SECRET}", "?per_page=100&page_size=100"):
                answer = await client.get(path + query, headers=account.token)
                assert answer.status_code < 500, path
                said = answer.text.replace(query, "").replace(query.replace("?", "&"), "")
                assert SECRET not in said.replace(f"search={SECRET}", "").replace(f"q={SECRET}", ""), path + query


async def test_a_private_file_is_for_staff_and_a_public_one_for_those_who_see_the_ticket(
    client: httpx.AsyncClient,
    requester: Account,
    stranger: Account,
    agent: Account,
    admin: Account,
    ticket: dict[str, Any],
) -> None:
    whole = (await client.get(f"/api/tickets/{ticket['id']}/", headers=admin.token)).json()
    opening, public, private = whole["followup_set"]
    assert opening["followupattachment_set"] == []
    statuses = {
        account.user.username: [
            (await client.get(said["followupattachment_set"][0]["file"], headers=account.token)).status_code
            for said in (public, private)
        ]
        for account in (requester, stranger, agent)
    }
    assert statuses == {"requester": [200, 404], "stranger": [200, 404], "agent": [200, 200]}
    assert (await client.get(public["followupattachment_set"][0]["file"])).status_code == 401


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
async def test_a_ticket_that_is_seen_elsewhere_is_forbidden_and_any_other_is_not_there(
    client: httpx.AsyncClient,
    session: Session,
    requester: Account,
    open_ticket: Post,
    ticket: dict[str, Any],
    method: str,
) -> None:
    other = await open_ticket(submitter_email="somebody@example.com")
    answers = []
    for one in (ticket["id"], other["id"], 999_999):
        body = {"content": b"{bad"} if method in ("PUT", "PATCH") else {}
        answer = await client.request(method, f"/api/tickets/{one}/", headers=requester.token, **body)
        answers.append((answer.status_code, None if method == "HEAD" else answer.json()))
    not_found = {"detail": "No Ticket matches the given query."}
    expected: list[Any] = [(403, FORBIDDEN), (404, not_found), (404, not_found)]
    assert answers == [(status, None if method == "HEAD" else said) for status, said in expected]


async def test_a_ticket_one_has_no_part_in_any_more_is_not_there(
    client: httpx.AsyncClient, admin: Account, requester: Account, ticket: dict[str, Any]
) -> None:
    url = f"/api/tickets/{ticket['id']}/"
    own = f"/api/user_tickets/{ticket['id']}/"
    assert (await client.get(own, headers=requester.token)).status_code == 200
    await client.patch(url, headers=admin.token, json={"submitter_email": ""})
    for path in (url, own):
        assert (await client.get(path, headers=requester.token)).status_code == 404


async def test_options_tell_a_plain_user_nothing_of_support_tickets(
    client: httpx.AsyncClient, requester: Account, admin: Account, ticket: dict[str, Any]
) -> None:
    described = {
        account.user.username: (await client.options("/api/tickets/", headers=account.token)).json()["actions"]["POST"]
        for account in (requester, admin)
    }
    assert f"custom_{SECRET}_field" in described["admin"]
    assert sorted(described["requester"]) == ["files", "limit", "status", "url", "user"]


async def test_nothing_is_told_without_credentials(client: httpx.AsyncClient, ticket: dict[str, Any]) -> None:
    for path in ("tickets", f"tickets/{ticket['id']}", "followups", "followups-attachments/1", "user_tickets"):
        answer = await client.get(f"/api/{path}/")
        assert (answer.status_code, answer.json()) == (401, {"detail": "Authentication credentials were not provided."})
        assert answer.headers["www-authenticate"] == 'Basic realm="api"'
