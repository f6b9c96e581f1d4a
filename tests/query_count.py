"""Counts what is asked of the database, so that a list which asks once per row is found out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection


@asynccontextmanager
async def counted(connection: AsyncConnection) -> AsyncIterator[list[str]]:
    """The statements run on the test's connection while the block lasts, through SQLAlchemy or past it."""
    statements: list[str] = []

    def through_sqlalchemy(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    def past_it(record: Any) -> None:
        statements.append(record.query)

    driver: Any = (await connection.get_raw_connection()).driver_connection
    event.listen(connection.sync_connection, "before_cursor_execute", through_sqlalchemy)
    with driver.query_logger(past_it):
        yield statements
        await asyncio.sleep(0)  # asyncpg tells its loggers one turn of the loop later
    event.remove(connection.sync_connection, "before_cursor_execute", through_sqlalchemy)
