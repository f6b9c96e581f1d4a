"""A support desk for tests, worked on over Flicket's API: tickets, posts, files and what is shown of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from sqlalchemy import update

from factories import PNG, Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import FollowUp, Queue

BASE = "http://localhost:8000"
API = f"{BASE}/flicket-api"
Json = dict[str, Any]


async def get(client: httpx.AsyncClient, account: Account, path: str) -> Json:
    """What a GET below /flicket-api/ answers; it must succeed."""
    answer = await client.get(f"/flicket-api/{path}", headers=account.bearer)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def items(client: httpx.AsyncClient, account: Account, path: str) -> list[Json]:
    """The items of a list."""
    return list((await get(client, account, path))["items"])


async def post(
    client: httpx.AsyncClient, account: Account, path: str, body: Mapping[str, object] | None = None
) -> Json:
    """What a POST below /flicket-api/ answers; it must succeed."""
    answer = await client.post(f"/flicket-api/{path}", headers=account.bearer, json=body)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


async def open_ticket(client: httpx.AsyncClient, account: Account, category: Queue, **values: object) -> Json:
    """Open a ticket."""
    body = {
        "title": "this is my ticket",
        "content": "this is my content",
        "category_id": category.id,
        "ticket_priority_id": 1,
        **values,
    }
    return await post(client, account, "tickets", body)


async def reply(client: httpx.AsyncClient, account: Account, ticket: Json, content: str = "Try again.") -> Json:
    """Reply to a ticket."""
    return await post(client, account, "posts", {"ticket_id": ticket["id"], "content": content})


def file_named(name: str, content: bytes = PNG, field: str = "file") -> list[tuple[str, tuple[str, bytes, str]]]:
    """One file of a form."""
    return [(field, (name, content, "image/png"))]


async def send_files(client: httpx.AsyncClient, account: Account, target: Mapping[str, object], *names: str) -> Json:
    """Upload pictures to a topic or a post."""
    files = [("file", (name, PNG, "image/png")) for name in names or ("screen.png",)]
    data = {name: str(value) for name, value in target.items()}
    answer = await client.post("/flicket-api/uploads", headers=account.bearer, data=data, files=files)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def make_private(session: Session, post: Json) -> None:
    """Hide a post from plain users, as staff do in the other dialect."""
    await session.execute(update(FollowUp).where(FollowUp.id == post["id"]).values(public=False))


def ticket_links(ticket_id: int, started_id: int, category_id: int, **more: str | None) -> Json:
    """The links of a low, open ticket that nobody works on, unless `more` says otherwise."""
    return {
        "assigned": None,
        "category": f"{API}/category/{category_id}",
        "histories": f"{API}/histories/?topic_id={ticket_id}",
        "modified_by": None,
        "priority": f"{API}/priority/1",
        "self": f"{API}/ticket/{ticket_id}",
        "started_by": f"{API}/user/{started_id}",
        "started_ny": f"{API}/user/{started_id}",
        "status": f"{API}/status/1",
        "subscribers": f"{API}/subscriptions/{ticket_id}/",
        "tickets": f"{API}/tickets/",
        **more,
    }
