"""A database for the built image, on the server that HELPDESK_TEST_DATABASE_URL names."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

NAME = "helpdesk_image_test"


@contextmanager
def database_of_its_own() -> Iterator[tuple[str, Path | None]]:
    """The URL of a new database, and the folder of the server's socket, where it listens on one."""
    server = os.environ["HELPDESK_TEST_DATABASE_URL"]
    url = make_url(server)
    asyncio.run(_execute(server, f"DROP DATABASE IF EXISTS {NAME}", f"CREATE DATABASE {NAME}"))
    host = url.query.get("host")
    yield url.set(database=NAME).render_as_string(hide_password=False), Path(host) if isinstance(host, str) else None
    asyncio.run(_execute(server, f"DROP DATABASE {NAME} WITH (FORCE)"))


async def _execute(server: str, *statements: str) -> None:
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()
