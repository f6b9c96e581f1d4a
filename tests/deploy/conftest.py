"""A proxy with two processes of the service behind it, on one outside database."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from desk_of_two import Desk
from helpdesk_api.db.engine import Database
from live_service import wait_until
from proxies import PROXIES, Proxy


@pytest.fixture
def database_url(empty_database: Database) -> str:
    """A database with the whole schema and no rows."""
    return empty_database.engine.url.render_as_string(hide_password=False)


@pytest.fixture
def serve(database_url: str) -> Iterator[Callable[..., tuple[Proxy, Desk]]]:
    """Starts a proxy (nginx or caddy) with the service behind it."""
    with tempfile.TemporaryDirectory(prefix="hd-") as name, ExitStack() as running:

        def serve(proxy: str, *, shared_socket: bool = False) -> tuple[Proxy, Desk]:
            desk = Desk(Path(name), database_url, shared_socket=shared_socket)
            running.callback(desk.close)
            (desk.folder / "proxy").mkdir()
            proxy_there = running.enter_context(PROXIES[proxy](desk.folder / "proxy", desk.ports))
            wait_until(lambda: _is_ready(proxy_there), "the service is not to be reached through the proxy")
            return proxy_there, desk

        yield serve


def _is_ready(proxy: Proxy) -> bool:
    with proxy.client() as client:
        answer: httpx.Response = client.get("/readyz")
        return answer.status_code == 200
