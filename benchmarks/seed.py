"""Fill a migrated, empty database with so many tickets, by COPY: `python benchmarks/seed.py URL 1000000`."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

import asyncpg
import rows

CHUNK = 2000
SOURCES: dict[str, tuple[Sequence[str], Callable[[int], Iterator[str]]]] = {
    "tickets": (rows.TICKETS, rows.tickets),
    "followups": (rows.FOLLOWUPS, rows.followups),
    "attachments": (rows.ATTACHMENTS, rows.attachments),
    "subscriptions": (rows.SUBSCRIPTIONS, rows.subscriptions),
}
FOREIGN_KEYS = """
    SELECT conrelid::regclass::text AS "table", conname AS name, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint
    WHERE contype = 'f' AND (conrelid::regclass::text = ANY($1) OR confrelid::regclass::text = ANY($1))
"""
INDEXES = """
    SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS "table",
           pg_get_indexdef(i.indexrelid) AS definition
    FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
    WHERE c.oid IS NULL AND i.indrelid::regclass::text = ANY($1)
"""
PEOPLE = """
    INSERT INTO users (id, username, first_name, last_name, email, password_hash, is_staff)
    SELECT n, 'user' || n, 'User', 'Number ' || n, 'user' || n || '@example.com', '!', n <= $2
    FROM generate_series(1, $1::int) n
"""
MORE_QUEUES = """
    INSERT INTO queues (id, department_id, title, slug)
    SELECT n, (SELECT min(id) FROM departments), 'Queue ' || n, 'queue-' || n FROM generate_series(2, $1::int) n
"""
FIELD = "INSERT INTO custom_fields (id, name, label, data_type) VALUES ($1, $2, 'Colour', 'varchar')"
COUNTS = """
    UPDATE users SET total_posts = (SELECT count(*) FROM followups WHERE author_id = users.id),
                     total_assigned = (SELECT count(*) FROM tickets WHERE assignee_id = users.id)
"""


async def seed(url: str, total: int) -> float:
    """Fill the database; how many seconds it took. Needs the rights of the tables' owner."""
    began = time.perf_counter()
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(PEOPLE.replace("$1", str(rows.USERS)).replace("$2", str(rows.STAFF)))
        await connection.execute(MORE_QUEUES.replace("$1", str(rows.QUEUES)))
        await connection.execute(FIELD, rows.FIELD_ID, rows.FIELD)
        keys = await connection.fetch(FOREIGN_KEYS, list(SOURCES))
        indexes = await connection.fetch(INDEXES, list(SOURCES))
        # Sorted once at the end, an index costs a fraction of what it costs row by row; so does a foreign key.
        await connection.execute("".join(f"ALTER TABLE {key['table']} DROP CONSTRAINT {key['name']};" for key in keys))
        await connection.execute("".join(f"DROP INDEX {index['name']};" for index in indexes))
        # What triggers keep count of is counted once, when everything is there.
        await connection.execute("".join(f"ALTER TABLE {table} DISABLE TRIGGER USER;" for table in SOURCES))
        await asyncio.gather(*(_fill(url, table, total, indexes) for table in SOURCES))
        await connection.execute("".join(f"ALTER TABLE {table} ENABLE TRIGGER USER;" for table in SOURCES))
        await connection.execute("SELECT recount_tickets(), recount_readers()")
        for key in keys:
            await connection.execute(f"ALTER TABLE {key['table']} ADD CONSTRAINT {key['name']} {key['definition']}")
        await connection.execute(COUNTS)
        await _set_sequences(connection, total)
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()
    return time.perf_counter() - began


async def _fill(url: str, table: str, total: int, indexes: Sequence[asyncpg.Record]) -> None:
    """One table, on a connection of its own: its rows, then its indexes."""
    columns, source = SOURCES[table]
    connection = await asyncpg.connect(url, server_settings={"maintenance_work_mem": "256MB"})
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL synchronous_commit = off")
            # Emptied in the same transaction, the rows can be written as visible to all: nothing is left to vacuum.
            await connection.execute(f"TRUNCATE {table}")
            lines = _chunks(source(total))
            await connection.copy_to_table(
                table, source=lines, columns=columns, format="text", freeze=True, timeout=900
            )
        for index in indexes:
            if index["table"] == table:
                await connection.execute(index["definition"], timeout=900)
    finally:
        await connection.close()


async def _chunks(lines: Iterator[str]) -> AsyncIterator[bytes]:
    chunk: list[str] = []
    for line in lines:
        chunk.append(line)
        if len(chunk) == CHUNK:
            yield "".join(chunk).encode()
            chunk.clear()
            # The other tables' turn.
            await asyncio.sleep(0)
    yield "".join(chunk).encode()


async def _set_sequences(connection: asyncpg.Connection, total: int) -> None:
    # Nothing has more rows than follow-ups, two a ticket.
    tables = [*SOURCES, "users", "queues", "custom_fields"]
    query = "SELECT setval(pg_get_serial_sequence(one, 'id'), $2) FROM unnest($1::text[]) one"
    await connection.execute(query, tables, total * 2 + 1000)


if __name__ == "__main__":
    sys.stdout.write(f"{asyncio.run(seed(sys.argv[1], int(sys.argv[2]))):.1f} s\n")
