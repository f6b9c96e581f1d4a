"""What the soak's clients do, over and over: read, write, upload, download and delete, in every dialect."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

_PASSWORD = "only-for-the-benchmark"  # noqa: S105
_READS = (
    "/api/tickets/?kind=support",
    "/api/tickets/?kind=upload",
    "/api/followups/",
    "/api/users/me/",
    "/api/files/",
    "/flicket-api/tickets/",
    "/flicket-api/posts/1/",
    "/flicket-api/departments/",
    "/readyz",
)
_SIZES = (100, 20_000, 2_000_000)


class Errands:
    """So many clients; `done` requests were answered well, the others are in `wrong`."""

    def __init__(self, url: str, clients: int) -> None:
        limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients // 2)
        self._client = httpx.AsyncClient(base_url=url, limits=limits, timeout=60)
        self._clients = clients
        self._category = 0
        self.done = 0
        self.wrong: list[str] = []

    async def prepare(self) -> None:
        """Sign in, and make a department with a category."""
        credentials = {"username": "admin", "password": _PASSWORD}
        token = (await self._client.post("/api-token-auth/", json=credentials)).json()["token"]
        self._client.headers["Authorization"] = f"Token {token}"
        department = await self._ask("POST", "/flicket-api/departments", json={"department": "IT"})
        body = {"category": "Printers", "department_id": department["id"]}
        self._category = (await self._ask("POST", "/flicket-api/categories", json=body))["id"]

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Clients at work while the block runs; each ends with the errand it is on."""
        going = True

        async def work(number: int) -> None:
            errands: list[Callable[[], Awaitable[None]]] = [self._read, self._support, self._flicket, self._upload]
            for errand in itertools.cycle(errands[number % 4 :] + errands[: number % 4]):
                if not going:
                    return
                try:
                    await errand()
                except (httpx.HTTPError, KeyError, TypeError) as error:
                    self.wrong.append(repr(error))

        clients = [asyncio.create_task(work(number)) for number in range(self._clients)]
        try:
            yield
        finally:
            going = False
            await asyncio.gather(*clients)

    async def _read(self) -> None:
        for path in _READS:
            await self._ask("GET", path)

    async def _support(self) -> None:
        body = {"queue": self._category, "title": "Printer on fire", "description": "Again."}
        ticket = (await self._ask("POST", "/api/tickets/", json=body))["id"]
        said = await self._ask("POST", "/api/followups/", json={"ticket": ticket, "comment": "Water?", "new_status": 3})
        await self._ask("PATCH", f"/api/followups/{said['id']}/", json={"comment": "Sand?"})
        form = {"data": {"ticket": str(ticket), "comment": "see"}, "files": {"attachments": ("a.log", b"x" * 5000)}}
        await self._ask("POST", "/api/followups/", **form)
        await self._ask("GET", f"/api/tickets/{ticket}/")
        await self._ask("DELETE", f"/api/tickets/{ticket}/")

    async def _flicket(self) -> None:
        body = {"title": "Fire", "content": "Again.", "category_id": self._category, "ticket_priority_id": 1}
        ticket = (await self._ask("POST", "/flicket-api/tickets", json=body))["id"]
        for action in ("claim", "release", "claim"):
            await self._ask("POST", f"/flicket-api/ticket/{ticket}/{action}")
        await self._ask("POST", "/flicket-api/posts", json={"ticket_id": ticket, "content": "Water?"})
        await self._ask("POST", f"/flicket-api/ticket/{ticket}/close", json={"content": "It is out."})
        await self._ask("GET", f"/flicket-api/ticket/{ticket}")

    async def _upload(self) -> None:
        url = (await self._ask("POST", "/api/tickets/", json={"limit": len(_SIZES)}))["url"]
        path = httpx.URL(url).path
        form = {"ticket": path.rstrip("/").rpartition("/")[2]}
        for size in _SIZES:
            content = os.urandom(size)
            stored = await self._ask("POST", "/api/files/", data=form, files={"file": ("a.png", content)})
            answer = await self._client.get(stored["file"])
            if answer.content != content:
                self.wrong.append(f"GET {stored['file']}: {answer.status_code}, other bytes")
        await self._ask("GET", path)
        await self._ask("DELETE", path)

    async def _ask(self, method: str, path: str, **request: Any) -> Any:
        answer = await self._client.request(method, path, **request)
        if not answer.is_success:
            self.wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
            return {}
        self.done += 1
        return answer.json() if answer.content else {}
