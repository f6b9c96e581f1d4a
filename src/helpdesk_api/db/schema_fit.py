"""Whether the tables this version knows are all there, in a schema that a newer version made."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from helpdesk_api.db.base import Base

_COLUMNS = text(
    """
    SELECT c.relname, a.attname,
           a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND a.attgenerated = '' AS must_be_given
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    """
)


async def works_on(connection: AsyncConnection) -> bool:
    """Whether every column of the models is there, and no new one that this version would have to give a value."""
    found = {(row.relname, row.attname): row.must_be_given for row in await connection.execute(_COLUMNS)}
    tables = Base.metadata.tables
    known = {(table.name, column.name) for table in tables.values() for column in table.columns}
    strange = {column for column, must_be_given in found.items() if must_be_given and column[0] in tables}
    return known <= found.keys() and strange <= known
