"""A stream of writes over all three dialects, and a ledger of those that were acknowledged."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

Json = dict[str, Any]
KIB = 1024
SIZES = (1, 2 * KIB, 300 * KIB, 3 * KIB * KIB)
WRITERS = 8
# What a fault may be answered with.
REFUSALS = frozenset({502, 503, 507})


@dataclass
class Ledger:
    """What the service said."""

    # Where a write is to be found, with what must be there.
    shown: dict[str, Json] = field(default_factory=dict)
    # Where a file is to be had, with its SHA-256.
    files: dict[str, str] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    longest: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        """How many writes were."""
        return sum(self.kinds.values())


class Desk:
    """A client that works on the service at `url`."""

    def __init__(self, url: str, headers: dict[str, str], ledger: Ledger) -> None:
        self.client = httpx.AsyncClient(base_url=url, headers=headers, timeout=30)
        self._ledger = ledger
        self._numbers = itertools.count(1)
        self._random = random.Random(7)  # noqa: S311
        self.category = 0
        self.upload_ticket = 0
        self.support_ticket = 0

    async def prepare(self) -> None:
        """Make what the stream writes to."""
        department = (await self._made("/flicket-api/departments", {"department": "IT"}))["id"]
        body = {"category": "Printers", "department_id": department}
        self.category = (await self._made("/flicket-api/categories", body))["id"]
        opened = await self._made("/api/tickets/", {"limit": 10_000})
        self.upload_ticket = int(opened["url"].rstrip("/").rpartition("/")[2])
        self.support_ticket = (await self._made("/api/tickets/", {"queue": self.category, "title": "The stream"}))["id"]

    async def _made(self, path: str, body: Json) -> Json:
        answer = await self.client.post(path, json=body)
        assert answer.is_success, answer.text
        return dict(answer.json())

    @property
    def writes(self) -> list[Callable[[], Awaitable[None]]]:
        """One of each kind."""
        return [
            self.open_upload_ticket,
            self.open_support_ticket,
            self.open_flicket_ticket,
            self.follow_up,
            self.post,
            self.upload,
            self.attach,
            self.upload_to_topic,
        ]

    async def open_upload_ticket(self) -> None:
        """An upload ticket."""
        limit = next(self._numbers)
        if said := await self._send("upload ticket", "/api/tickets/", json={"limit": limit}):
            assert said["limit"] == limit
            self._ledger.shown[httpx.URL(said["url"]).path] = said

    async def open_support_ticket(self) -> None:
        """A support ticket, in django-helpdesk's words."""
        body = {"queue": self.category, "title": f"Ticket {next(self._numbers)}", "description": self._text()}
        if said := await self._send("support ticket", "/api/tickets/", json=body):
            self._ledger.shown[f"/api/tickets/{said['id']}/"] = body

    async def open_flicket_ticket(self) -> None:
        """A support ticket, in Flicket's words."""
        title = f"Ticket {next(self._numbers)}"
        body = {"title": title, "content": self._text(), "category_id": self.category, "ticket_priority_id": 1}
        if said := await self._send("Flicket ticket", "/flicket-api/tickets", json=body):
            self._ledger.shown[f"/flicket-api/ticket/{said['id']}"] = body

    async def follow_up(self) -> None:
        """A follow-up."""
        body = {"ticket": self.support_ticket, "comment": self._text()}
        if said := await self._send("follow-up", "/api/followups/", json=body):
            self._ledger.shown[f"/api/followups/{said['id']}/"] = body

    async def post(self) -> None:
        """A post."""
        text = self._text()
        body = {"ticket_id": self.support_ticket, "content": text}
        if said := await self._send("post", "/flicket-api/posts", json=body):
            self._ledger.shown[f"/flicket-api/post/{said['id']}"] = {"content": text}

    async def upload(self) -> None:
        """A file for the upload ticket."""
        content = self._bytes()
        form = {"data": {"ticket": str(self.upload_ticket)}, "files": {"file": ("a.png", content, "image/png")}}
        if said := await self._send("file", "/api/files/", **form):
            self._keep_file(said["file"], content)

    async def attach(self) -> None:
        """A follow-up with a file."""
        content = self._bytes()
        form = {
            "data": {"ticket": str(self.support_ticket), "comment": "see this"},
            "files": {"attachments": ("a.log", content, "text/plain")},
        }
        if said := await self._send("follow-up with file", "/api/followups/", **form):
            (stored,) = said["followupattachment_set"]
            self._keep_file(httpx.URL(stored["file"]).path, content)

    async def upload_to_topic(self) -> None:
        """A file of a ticket, in Flicket's words."""
        content = self._bytes()
        form = {"data": {"topic_id": str(self.support_ticket)}, "files": {"file": ("a.zip", content, "image/png")}}
        if said := await self._send("Flicket file", "/flicket-api/uploads", **form):
            (stored,) = said.get("items", [said])
            self._keep_file(httpx.URL(stored["image"]).path, content)

    def _keep_file(self, path: str, content: bytes) -> None:
        self._ledger.files[path] = hashlib.sha256(content).hexdigest()

    def _text(self) -> str:
        return f"{next(self._numbers)}: Grüße, {self._random.randbytes(40).hex()} \N{FIRE}"

    def _bytes(self) -> bytes:
        return self._random.randbytes(self._random.choice(SIZES))

    async def _send(self, kind: str, path: str, **request: Any) -> Json | None:
        """What a write was answered with, if it was acknowledged."""
        began = time.monotonic()
        try:
            answer = await self.client.post(path, **request)
        except httpx.TransportError:
            self._ledger.unanswered += 1
            await asyncio.sleep(0.05)
            return None
        finally:
            self._ledger.longest = max(self._ledger.longest, time.monotonic() - began)
        if answer.is_success:
            self._ledger.kinds[kind] += 1
            return dict(answer.json())
        if answer.status_code in REFUSALS:
            self._ledger.refused[answer.status_code] += 1
            await asyncio.sleep(0.05)
        else:
            self._ledger.wrong.append(f"{kind}: {answer.status_code} {answer.text[:200]}")
        return None


@asynccontextmanager
async def streaming(desk: Desk) -> AsyncIterator[None]:
    """Writers at work for as long as the block lasts; each ends after its write under way."""
    going = True

    async def write(number: int) -> None:
        for one in itertools.cycle(desk.writes[number:] + desk.writes[:number]):
            if not going:
                return
            await one()

    writers = [asyncio.create_task(write(number)) for number in range(WRITERS)]
    try:
        yield
    finally:
        going = False
        await asyncio.gather(*writers)
