"""Support tickets over HTTP: opened and answered by the admin, in the queue every help desk begins with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import Queue

Post = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def queue(session: Session) -> Queue:
    """The queue every help desk begins with."""
    found = await session.scalar(select(Queue).order_by(Queue.id))
    assert found is not None
    return found


@pytest.fixture
def open_ticket(client: httpx.AsyncClient, admin: Account, queue: Queue) -> Post:
    """Opens a support ticket; its JSON."""

    async def post(**values: Any) -> dict[str, Any]:
        body = {"queue": queue.id, "title": "Printer on fire", **values}
        answer = await client.post("/api/tickets/", headers=admin.token, json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    return post


@pytest.fixture
def say(client: httpx.AsyncClient, admin: Account) -> Post:
    """Answers a ticket, with files named `files`; the follow-up's JSON."""

    async def post(ticket: int, comment: str = "Hello", files: tuple[str, ...] = (), **values: Any) -> dict[str, Any]:
        form = {"ticket": str(ticket), "comment": comment, **values}
        parts = [("attachments", (name, name.encode(), "text/plain")) for name in files]
        answer = await client.post("/api/followups/", headers=admin.token, data=form, files=parts or None)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    return post
