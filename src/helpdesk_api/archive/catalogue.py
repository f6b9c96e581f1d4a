"""What the database says of itself: tables, columns, sequences, triggers and indexes."""

from __future__ import annotations

from graphlib import TopologicalSorter

import asyncpg

# Unlogged and temporary tables hold nothing that anybody would miss. A generated column is made anew.
_COLUMNS = """
    SELECT c.relname AS "table", coalesce(array_agg(a.attname ORDER BY a.attnum)
                                          FILTER (WHERE a.attgenerated = ''), '{}') AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p'
      AND c.relname <> 'alembic_version'
    GROUP BY c.relname ORDER BY c.relname
"""
_REFERENCES = """
    SELECT c.relname AS "from", r.relname AS "to"
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class r ON r.oid = k.confrelid
    WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace AND c.oid <> r.oid
"""
_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() ORDER BY sequencename"
_INDEXES = """
    SELECT c.relname AS name, pg_get_indexdef(c.oid) AS definition
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = current_schema()::regnamespace
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid)
"""


def quoted(name: str) -> str:
    """A name as it stands in SQL."""
    return '"' + name.replace('"', '""') + '"'


def listed(names: tuple[str, ...]) -> str:
    """Names as they stand in SQL, with commas between them."""
    return ", ".join(map(quoted, names))


async def tables_in_order(connection: asyncpg.Connection) -> dict[str, tuple[str, ...]]:
    """Every table with the columns that are stored, each after those it refers to."""
    columns = {row["table"]: tuple(row["columns"]) for row in await connection.fetch(_COLUMNS)}
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(columns, ()))
    for row in await connection.fetch(_REFERENCES):
        order.add(row["from"], row["to"])
    return {table: columns[table] for table in order.static_order() if table in columns}


async def next_values(connection: asyncpg.Connection) -> dict[str, int]:
    """The next value of every sequence."""
    values = {}
    for (name,) in await connection.fetch(_SEQUENCES):
        query = f"SELECT last_value + is_called::int FROM {quoted(name)}"  # noqa: S608 (quoted)
        values[name] = await connection.fetchval(query)
    return values


async def plain_indexes(connection: asyncpg.Connection) -> dict[str, str]:
    """The definition of every index that no constraint needs."""
    return {row["name"]: row["definition"] for row in await connection.fetch(_INDEXES)}
