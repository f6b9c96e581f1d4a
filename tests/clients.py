"""HTTP clients for apps that a test makes itself, and Basic headers for any pair."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from helpdesk_api.db.engine import Database
from helpdesk_api.main import create_app
from helpdesk_api.settings import Settings


@asynccontextmanager
async def client_over(
    settings: Settings, database: Database, *, peer: str = "127.0.0.1", raise_errors: bool = False
) -> AsyncIterator[httpx.AsyncClient]:
    """A client, at the address `peer`, of an app of its own, as another process on the same database would run."""
    app = create_app(settings, database)
    app.state.service.feed.end()  # an answer is given only once it has ended: streams end after what is there
    transport = httpx.ASGITransport(app, raise_app_exceptions=raise_errors, client=(peer, 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield client
    app.state.service.verifier.close()
    await app.state.service.files.close()


def basic(username: str, password: str, encoding: str = "utf-8") -> dict[str, str]:
    """A Basic header for any user name and password."""
    return {"Authorization": f"Basic {base64.b64encode(f'{username}:{password}'.encode(encoding)).decode()}"}
