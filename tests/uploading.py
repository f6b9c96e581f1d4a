"""Upload tickets for tests: opening them, sending files, and looking at what is on the disk and in the tables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import func, select

from factories import PNG, Account
from helpdesk_api.db.session import Session
from helpdesk_api.models import Attachment, Event, Ticket
from helpdesk_api.settings import Settings

BOUNDARY = "a-boundary"
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


async def open_ticket(client: httpx.AsyncClient, account: Account, limit: int = 5) -> int:
    """Open an upload ticket over HTTP; its id."""
    answer = await client.post("/api/tickets/", headers=account.token, json={"limit": limit})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["url"].rstrip("/").rpartition("/")[2])


async def send_file(
    client: httpx.AsyncClient,
    account: Account,
    ticket: object,
    name: str = "image1.png",
    content: bytes = PNG,
    kind: str = "image/png",
) -> httpx.Response:
    """Send a file to a ticket."""
    form = {"ticket": str(ticket)}
    return await client.post("/api/files/", headers=account.token, data=form, files={"file": (name, content, kind)})


async def status_of(client: httpx.AsyncClient, account: Account, ticket: int) -> str:
    """The status a ticket shows."""
    answer = await client.get(f"/api/tickets/{ticket}/", headers=account.token)
    return str(answer.json()["status"])


def part(name: str, content: bytes | str, filename: str | None = None, *headers: str) -> bytes:
    """One part of a multipart body, written as it is given."""
    data = content if isinstance(content, bytes) else content.encode()
    described = f'; filename="{filename}"' if filename is not None else ""
    lines = [f'Content-Disposition: form-data; name="{name}"{described}', *headers]
    return f"--{BOUNDARY}\r\n".encode() + "\r\n".join(lines).encode() + b"\r\n\r\n" + data + b"\r\n"


def form(*parts: bytes) -> bytes:
    """A whole multipart body."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def stored_files(settings: Settings) -> list[str]:
    """Every published file, as a path below the media folder."""
    return sorted(path for path in _files(settings.media_dir) if not path.startswith("."))


def left_overs(settings: Settings) -> list[str]:
    """Every temporary file, and every note of one, that is still there."""
    return [path for path in _files(settings.media_dir) if path.startswith(".") and not path.endswith(".lock")]


def _files(folder: Path) -> Iterable[str]:
    return (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_symlink() or path.is_file())


async def row_counts(session: Session) -> dict[str, int]:
    """How many tickets, files and events there are, and how many places are taken."""
    return {
        "tickets": await session.scalar(select(func.count(Ticket.id))) or 0,
        "attachments": await session.scalar(select(func.count(Attachment.id))) or 0,
        "events": await session.scalar(select(func.count(Event.id))) or 0,
        "taken": int(await session.scalar(select(func.coalesce(func.sum(Ticket.file_count), 0))) or 0),
    }


async def as_chunks(body: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    """A body in pieces, so that no Content-Length is sent."""
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def call(
    app: FastAPI,
    method: str,
    path: str,
    *,
    query: bytes = b"",
    headers: Mapping[str, str] | Sequence[tuple[bytes, bytes]] = (),
    chunks: Sequence[bytes] = (),
    disconnect: bool = False,
) -> tuple[int | None, bytes]:
    """A request as a server hands it to the app, for what no HTTP client would send: its status and body.

    With `disconnect` the client goes away after the chunks; no status is None.
    """
    given = headers.items() if isinstance(headers, Mapping) else headers
    raw = [(_bytes(name).lower(), _bytes(value)) for name, value in given]
    if not any(name == b"host" for name, _ in raw):
        raw.append((b"host", b"localhost:8000"))
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(errors="surrogatepass"),
        "query_string": query,
        "root_path": "",
        "headers": raw,
        "client": ("127.0.0.1", 5000),
        "server": ("127.0.0.1", 8000),
    }
    end = {"type": "http.disconnect"} if disconnect else {"type": "http.request", "body": b"", "more_body": False}
    incoming = iter([*({"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks), end])
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return next(incoming, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    statuses = [message["status"] for message in sent if message["type"] == "http.response.start"]
    return statuses[0] if statuses else None, b"".join(message.get("body", b"") for message in sent)


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")
