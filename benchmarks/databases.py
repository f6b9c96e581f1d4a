"""The databases of a run: made, migrated, filled and dropped again, on one PostgreSQL."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import rows
from seed import seed
from sqlalchemy.engine import make_url

from helpdesk_api.db.embedded import EmbeddedPostgres
from helpdesk_api.db.engine import open_database
from helpdesk_api.db.migrations import upgrade_to_head
from helpdesk_api.security import hash_password, token_digest

PASSWORD = "only for the benchmark"  # noqa: S105
# Connections that are not the servers': superusers' and ours.
_RESERVED = 10
_LEAST_PER_POOL = 2
_MOST_PER_POOL = 10


@dataclass(frozen=True, slots=True)
class Filled:
    """A database with so many tickets, the tokens of its agents, and the Basic credentials of the first of them.

    `plain` has the tokens of two plain users: one who opened a hundredth of all tickets, all of them support tickets,
    and one who opened a tenth of the upload tickets.
    """

    tickets: int
    url: str
    tokens: tuple[str, ...]
    plain: tuple[str, str]
    basic: str
    seconds_to_seed: float


@contextmanager
def postgres(folder: Path, url: str | None) -> Iterator[str]:
    """The URL of the PostgreSQL that is given, or of an embedded one on `folder`."""
    if url is not None:
        yield url
        return
    with EmbeddedPostgres(folder) as server:
        yield server.url


@contextmanager
def filled(server_url: str, tickets: int) -> Iterator[Filled]:
    """A database of its own, dropped at the end. The database that the URL names is only connected to."""
    name = f"helpdesk_benchmark_{tickets}"
    # The names are ours, made of letters and digits.
    asyncio.run(_execute(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}"))
    try:
        url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
        yield asyncio.run(_fill(url, tickets))
    finally:
        asyncio.run(_execute(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


async def _fill(url: str, tickets: int) -> Filled:
    database = open_database(url)
    await upgrade_to_head(database.engine)
    await database.close()
    seconds = await seed(plain(url), tickets)
    tokens = tuple(secrets.token_hex(32) for _ in range(rows.STAFF))
    connection = await asyncpg.connect(plain(url))
    plain_tokens = (secrets.token_hex(32), secrets.token_hex(32))
    owners = [*enumerate(tokens, 1), *zip(rows.PLAIN, plain_tokens, strict=True)]
    digests = [(user_id, token_digest(token)) for user_id, token in owners]
    await connection.executemany("INSERT INTO tokens (user_id, digest) VALUES ($1, $2)", digests)
    await connection.execute("UPDATE users SET password_hash = $1 WHERE id = 1", hash_password(PASSWORD))
    # What was just written goes to the disk now, not in the middle of a round.
    await connection.execute("CHECKPOINT")
    await connection.close()
    basic = "Basic " + base64.b64encode(f"user1:{PASSWORD}".encode()).decode()
    return Filled(tickets, url, tokens, plain_tokens, basic, seconds)


def share_out(server_url: str, workers: int, sizes: int) -> tuple[int, int]:
    """How many workers each side may have, at most so many, and how many connections each of their pools.

    A worker of ours has two pools, one of the limit one; both sides run once for each size.
    """
    room = (int(asyncio.run(_fetch(server_url, "SHOW max_connections"))) - _RESERVED) // (3 * sizes)
    workers = max(1, min(workers, room // _LEAST_PER_POOL))
    return workers, max(1, min(_MOST_PER_POOL, room // workers))


def server_description(server_url: str) -> str:
    """PostgreSQL's version, and the settings that decide about its speed."""
    names = ("server_version", "shared_buffers", "fsync", "synchronous_commit", "jit")
    values = [f"{name} {asyncio.run(_fetch(server_url, f'SHOW {name}'))}" for name in names]
    return ", ".join(values).removeprefix("server_version ")


def hand_over(server_url: str, tickets: int) -> None:
    """Give an embedded server's own database the rows of a filled one, for a start of the whole service on it."""
    other = make_url(server_url).set(database="postgres").render_as_string(hide_password=False)
    swap = ("DROP DATABASE helpdesk WITH (FORCE)", f"ALTER DATABASE helpdesk_benchmark_{tickets} RENAME TO helpdesk")
    asyncio.run(_execute(other, *swap))


def plain(url: str) -> str:
    """A SQLAlchemy URL as asyncpg reads it."""
    return url.replace("+asyncpg", "")


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(plain(url))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _fetch(url: str, query: str) -> str:
    connection = await asyncpg.connect(plain(url))
    try:
        return str(await connection.fetchval(query))
    finally:
        await connection.close()
