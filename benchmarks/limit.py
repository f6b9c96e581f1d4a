"""The limit: bare ASGI, a plain asyncpg pool with prepared statements, orjson. No framework, no rules, no errors.

It answers the same addresses as our service, for the same tokens, with the same JSON, from the queries that this JSON
needs. LIMIT_DATABASE_URL names the database, LIMIT_POOL_SIZE its connections per worker, LIMIT_FOLDER where files go.
Totals are counted once, at the start: they cost it nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import limit_shapes as shapes
import limit_statements as sql
import orjson

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Connection = Any

BATCH = 1024**2
MOST_PIECES = 512
# wrk and our own client send the ticket's part first.
_TICKET_PART = re.compile(rb'name="ticket"\r\n\r\n(\d+)')


class Limit:
    """The app."""

    def __init__(self) -> None:
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._totals: dict[str, int] = {}
        self._routes = {
            ("GET", "/api/users/me/"): self._me,
            ("GET", "/api/tickets/"): self._list,
            ("POST", "/api/tickets/"): self._create,
            ("GET", "/flicket-api/tickets/"): self._flicket_list,
            ("POST", "/flicket-api/tickets"): self._flicket_create,
            ("POST", "/api/files/"): self._upload,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["path"] in ("/ready", "/sink"):
            await _answer(send, 200, await _sink(receive) if scope["path"] == "/sink" else b"{}")
            return
        headers = dict(scope["headers"])
        digest = hashlib.sha256(headers[b"authorization"].partition(b" ")[2]).digest()
        base = "http://" + headers[b"host"].decode()
        route = self._routes.get((scope["method"], scope["path"]), self._one)
        status, answer = await route(scope, receive, digest, base)
        await _answer(send, status, shapes.dumps(answer))

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._open()
            elif self._pool is not None:
                await self._pool.close()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _open(self) -> None:
        self._pool = await asyncpg.create_pool(
            os.environ["LIMIT_DATABASE_URL"],
            min_size=1,
            max_size=int(os.environ["LIMIT_POOL_SIZE"]),
            reset=_nothing_to_reset,
            server_settings={"timezone": "UTC", "jit": "off"},
        )
        for kind in ("support", "upload"):
            self._totals[kind] = await self._pool.fetchval(sql.COUNT, kind)

    def _connection(self) -> Any:
        assert self._pool is not None  # noqa: S101  (opened before the first request)
        return self._pool.acquire()

    async def _me(self, _scope: Scope, _receive: Receive, digest: bytes, _base: str) -> tuple[int, Any]:
        async with self._connection() as connection:
            user = await connection.fetchrow(sql.USER, digest)
        return 200, shapes.me(user)

    async def _list(self, scope: Scope, _receive: Receive, digest: bytes, base: str) -> tuple[int, Any]:
        query = scope["query_string"].decode()
        async with self._connection() as connection:
            await connection.fetchrow(sql.USER, digest)
            if query == "kind=upload":
                tickets = await connection.fetch(sql.UPLOAD_PAGE)
                files = await connection.fetch(sql.UPLOAD_FILES, [row[0] for row in tickets])
                followups = None
            else:
                tickets = await connection.fetch(sql.SUPPORT_PAGE)
                followups, files = await _said_on(connection, [row[0] for row in tickets])
        if followups is None:
            return 200, shapes.drf_page(
                base, query, self._totals["upload"], shapes.upload_tickets(base, tickets, files)
            )
        found = shapes.conversations(base, tickets, followups, files)
        return 200, shapes.drf_page(base, query, self._totals["support"], found)

    async def _one(self, scope: Scope, _receive: Receive, digest: bytes, base: str) -> tuple[int, Any]:
        number = int(scope["path"].strip("/").rpartition("/")[2])
        async with self._connection() as connection:
            await connection.fetchrow(sql.USER, digest)
            tickets = await connection.fetch(sql.SUPPORT_ONE, number)
            followups, files = await _said_on(connection, [number])
        return 200, shapes.conversations(base, tickets, followups, files)[0]

    async def _flicket_list(self, _scope: Scope, _receive: Receive, digest: bytes, base: str) -> tuple[int, Any]:
        async with self._connection() as connection:
            await connection.fetchrow(sql.USER, digest)
            tickets = await connection.fetch(sql.FLICKET_PAGE)
        found = [shapes.flicket_ticket(base, ticket) for ticket in tickets]
        return 200, shapes.flicket_page(base, self._totals["support"], found)

    async def _create(self, _scope: Scope, receive: Receive, digest: bytes, _base: str) -> tuple[int, Any]:
        body = orjson.loads(await _body(receive))
        queue, title, text, email = body["queue"], body["title"], body["description"], body["submitter_email"]
        async with self._connection() as connection:
            user = await connection.fetchrow(sql.USER, digest)
            values = (user[0], queue, title, text, email, body["priority"])
            number, at, opening = await connection.fetchrow(sql.CREATE, *values)
        said = (number, opening, user[0], "Ticket Opened", text, True, None, None, at, None, "[]")
        ticket = (number, queue, title, text, None, email, None, 1, False, body["priority"], None, None, "{}")
        return 201, shapes.conversations("", [ticket], [said], [])[0]

    async def _flicket_create(self, _scope: Scope, receive: Receive, digest: bytes, base: str) -> tuple[int, Any]:
        body = orjson.loads(await _body(receive))
        queue, title, text = body["category_id"], body["title"], body["content"]
        async with self._connection() as connection:
            user = await connection.fetchrow(sql.USER, digest)
            number, at, _ = await connection.fetchrow(sql.CREATE, user[0], queue, title, text, user[4], 3)
        ticket = (number, None, queue, text, at, None, None, user[0], 1, False, 3, title)
        return 201, shapes.flicket_ticket(base, ticket)

    async def _upload(self, _scope: Scope, receive: Receive, digest: bytes, _base: str) -> tuple[int, Any]:
        """Write the whole body to a file, unhashed and not taken apart, then its row."""
        first = await receive()
        found = _TICKET_PART.search(first["body"])
        assert found is not None  # noqa: S101  (our own clients send it)
        path = secrets.token_hex(8)
        size = await _write(f"{os.environ['LIMIT_FOLDER']}/{path}", first, receive)
        ticket = int(found[1])
        async with self._connection() as connection:
            user = await connection.fetchrow(sql.USER, digest)
            await connection.fetchval(sql.UPLOAD, ticket, user[0], f"upload/{user[1]}/{path}.zip", size)
        return 200, {"file": f"/media/upload/{user[1]}/{path}.zip", "ticket": ticket}


async def _said_on(connection: Connection, tickets: list[int]) -> tuple[Any, Any]:
    return await connection.fetch(sql.FOLLOWUPS, tickets), await connection.fetch(sql.FILES, tickets)


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _nothing_to_reset(_connection: Connection) -> None:
    return None


async def _body(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def _sink(receive: Receive) -> bytes:
    """The file is left for the benchmark to remove, which is not what is measured."""
    await _write(f"{os.environ['LIMIT_FOLDER']}/{secrets.token_hex(8)}", await receive(), receive)
    return b"{}"


async def _write(path: str, message: dict[str, Any], receive: Receive) -> int:
    """Write a body to a new file and flush it to the disk, as ours does; how many bytes it was."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        total, waiting, pieces = 0, 0, []
        while True:
            pieces.append(message.get("body", b""))
            waiting += len(pieces[-1])
            if waiting >= BATCH or len(pieces) >= MOST_PIECES or not message.get("more_body"):
                await asyncio.to_thread(os.writev, file, pieces)
                total, waiting, pieces = total + waiting, 0, []
            if not message.get("more_body"):
                break
            message = await receive()
        await asyncio.to_thread(os.fsync, file)
        return total
    finally:
        os.close(file)


app = Limit()
