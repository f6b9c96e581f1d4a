"""The migrations: from nothing to what the models say, back, and never two at once."""

from __future__ import annotations

import ast
import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from helpdesk_api.db import migrations, revisions
from helpdesk_api.db.engine import open_database
from helpdesk_api.db.errors import SchemaBusy
from helpdesk_api.db.migrations import alembic_config, move_schema, schema_turn, upgrade_to_head
from helpdesk_api.db.revisions import current_revision, head, is_known, script_folder
from helpdesk_api.models import Base

# Everything a schema can hold that a migration could have left behind.
OBJECTS = text(
    """
    SELECT 'relation ' || relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION SELECT 'type ' || typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype <> 'b'
    UNION SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    """
)
# What the comparison of alembic leaves out as well: check constraints, index definitions, generated columns.
DEFINITIONS = text(
    """
    SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable,
                           column_default, is_identity, generation_expression)
    FROM information_schema.columns WHERE table_schema = 'public'
    """
)


@pytest.fixture
async def engine_of_nothing(server_url: str, worker_suffix: str) -> AsyncIterator[AsyncEngine]:
    """A new database without a schema."""
    name = f"helpdesk_test_migrations_{worker_suffix}"
    server = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        await connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    database = open_database(url, pool_size=5)
    yield database.engine
    await database.close()
    async with server.connect() as connection:
        await connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    await server.dispose()


async def downgrade_to_base(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), "base"))
        await connection.commit()


async def objects_in(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return set((await connection.execute(OBJECTS)).scalars())


async def test_up_down_and_up_again(engine_of_nothing: AsyncEngine) -> None:
    assert await current_revision(engine_of_nothing) is None
    await upgrade_to_head(engine_of_nothing)
    assert await current_revision(engine_of_nothing) == head()
    everything = await objects_in(engine_of_nothing)
    assert {f"relation {table}" for table in Base.metadata.tables} <= everything
    await downgrade_to_base(engine_of_nothing)
    own = {name for name in await objects_in(engine_of_nothing) if "alembic_version" not in name}
    assert (own, await current_revision(engine_of_nothing)) == (set(), None)
    await upgrade_to_head(engine_of_nothing)
    assert await objects_in(engine_of_nothing) == everything


async def test_the_migrations_make_exactly_what_the_models_say(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_schema_made_from_the_models_has_the_same_definitions(
    engine: AsyncEngine, engine_of_nothing: AsyncEngine
) -> None:
    async with engine_of_nothing.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        models = set((await connection.execute(DEFINITIONS)).scalars())
    async with engine.connect() as connection:
        migrated = set((await connection.execute(DEFINITIONS)).scalars())
    assert {one for one in migrated if "alembic_version" not in one} == models


async def test_upgrading_twice_changes_nothing(engine_of_nothing: AsyncEngine) -> None:
    await upgrade_to_head(engine_of_nothing)
    before = await objects_in(engine_of_nothing)
    await upgrade_to_head(engine_of_nothing)
    assert await objects_in(engine_of_nothing) == before


async def test_services_that_start_together_migrate_one_after_the_other(engine_of_nothing: AsyncEngine) -> None:
    await asyncio.gather(*(upgrade_to_head(engine_of_nothing) for _ in range(4)))
    assert await current_revision(engine_of_nothing) == head()
    async with engine_of_nothing.connect() as connection:
        rows = (await connection.execute(text("SELECT title FROM queues"))).scalars().all()
        locks = await connection.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
    assert (list(rows), locks) == (["Support"], 0)


async def test_a_migration_that_fails_leaves_nothing_and_lets_the_next_one_in(engine_of_nothing: AsyncEngine) -> None:
    async with engine_of_nothing.begin() as connection:
        await connection.execute(text("CREATE TABLE users (in_the_way integer)"))
    with pytest.raises(Exception, match='relation "users" already exists'):
        await upgrade_to_head(engine_of_nothing)
    assert {name for name in await objects_in(engine_of_nothing) if "alembic_version" not in name} == {
        "relation users",
        "type users",
    }
    async with engine_of_nothing.begin() as connection:
        await connection.execute(text("DROP TABLE users"))
    await asyncio.wait_for(upgrade_to_head(engine_of_nothing), timeout=30)
    assert await current_revision(engine_of_nothing) == head()


async def test_a_new_installation_has_a_department_and_a_queue_to_start_with(engine_of_nothing: AsyncEngine) -> None:
    await upgrade_to_head(engine_of_nothing)
    async with engine_of_nothing.connect() as connection:
        query = "SELECT d.name, q.title, q.slug FROM queues q JOIN departments d ON d.id = q.department_id"
        rows = [tuple(row) for row in await connection.execute(text(query))]
    assert rows == [("General", "Support", "support")]


async def test_every_constraint_and_index_has_a_name_by_the_convention(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        constraints = "SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'"
        indexes = "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
        names = (await connection.execute(text(f"{constraints} UNION {indexes}"))).scalars().all()
    ours = [name for name in names if not name.startswith("alembic_version")]
    assert len(ours) > 30
    assert [name for name in ours if not name.startswith(("pk_", "fk_", "uq_", "ck_", "ix_"))] == []


async def test_every_foreign_key_can_be_followed_backwards_by_an_index(engine: AsyncEngine) -> None:
    query = """
        SELECT conname FROM pg_constraint c WHERE contype = 'f' AND connamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])
    """
    async with engine.connect() as connection:
        assert (await connection.execute(text(query))).scalars().all() == []


def test_there_is_one_line_of_migrations_each_with_a_way_back() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    found = list(scripts.walk_revisions())
    assert scripts.get_heads() == [head()]
    assert [script.revision for script in found if not is_known(script.revision)] == []
    assert len(found) == len(list((script_folder() / "versions").glob("*.py")))


async def at_the_first_migration(engine: AsyncEngine) -> None:
    """A schema that a migration which locks `tickets` is still to come to, with a user in it."""
    async with schema_turn(engine) as connection:
        await move_schema(connection, "0001")
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO users (username, password_hash) VALUES ('ann', '!')"))


WRITE = text("INSERT INTO tickets (kind, creator_id, file_limit) SELECT 'upload', id, 1 FROM users")


async def test_a_migration_gives_up_rather_than_queue_behind_a_long_transaction(
    engine_of_nothing: AsyncEngine,
) -> None:
    await at_the_first_migration(engine_of_nothing)
    async with engine_of_nothing.connect() as long, engine_of_nothing.connect() as other:
        await long.execute(WRITE)  # and does not commit
        migrating = asyncio.create_task(upgrade_to_head(engine_of_nothing, lock_seconds=0.3, attempts=2))
        # Whoever queues behind the migration gets on.
        while not migrating.done():
            await asyncio.wait_for(other.execute(WRITE), timeout=5)
            await other.commit()
            await asyncio.sleep(0.05)
        with pytest.raises(SchemaBusy, match="the schema stays at 0001: a long transaction"):
            await migrating
        assert await current_revision(engine_of_nothing) == "0001"
        await long.commit()
    await upgrade_to_head(engine_of_nothing, lock_seconds=0.3, attempts=10)
    async with engine_of_nothing.connect() as connection:
        counted = await connection.scalar(text("SELECT sum(tickets) FROM ticket_counts"))
        assert counted == await connection.scalar(text("SELECT count(*) FROM tickets"))
        # The next to use this connection waits as long as it likes.
        assert await connection.scalar(text("SHOW lock_timeout")) == "0"


async def test_a_migration_tries_again_once_the_way_is_free(engine_of_nothing: AsyncEngine) -> None:
    await at_the_first_migration(engine_of_nothing)
    async with engine_of_nothing.connect() as long:
        await long.execute(WRITE)
        migrating = asyncio.create_task(upgrade_to_head(engine_of_nothing, lock_seconds=0.3, attempts=100))
        await asyncio.sleep(0.8)
        assert not migrating.done()
        await long.commit()
        await asyncio.wait_for(migrating, timeout=30)
    assert await current_revision(engine_of_nothing) == head()


CONCURRENT = '''
"""An index on a large table."""
from alembic import op

revision = "9001"
down_revision = "{head}"


def upgrade():
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_tickets_due_date")
        op.create_index("ix_tickets_due_date", "tickets", ["due_date"], postgresql_concurrently=True)


def downgrade():
    with op.get_context().autocommit_block():
        op.drop_index("ix_tickets_due_date", postgresql_concurrently=True)
'''


async def test_an_index_can_be_built_while_others_write(
    engine_of_nothing: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As CONTRIBUTING.md says it is done."""
    await upgrade_to_head(engine_of_nothing)
    folder = shutil.copytree(script_folder(), tmp_path / "alembic")
    (folder / "versions" / "more.py").write_text(CONCURRENT.format(head=head()))
    for module in (migrations, revisions):
        monkeypatch.setattr(module, "script_folder", lambda: folder)
    revisions._revisions_before.cache_clear()
    try:
        await upgrade_to_head(engine_of_nothing)
        assert await current_revision(engine_of_nothing) == "9001"
        async with engine_of_nothing.connect() as connection:
            valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_tickets_due_date'::regclass"
            assert await connection.scalar(text(valid)) is True
    finally:
        monkeypatch.undo()
        revisions._revisions_before.cache_clear()


def calls_in(script: Path) -> Iterator[tuple[str, ast.Call]]:
    """What a migration calls of alembic's `op` on the way up."""
    upgrade = next(
        node
        for node in ast.parse(script.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == "upgrade"
    )
    for node in ast.walk(upgrade):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("op."):
            yield ast.unparse(node.func), node


def locks_a_large_table(script: Path) -> list[str]:
    """Calls that keep writers out of a table for as long as it is large."""
    calls = list(calls_in(script))
    new = {ast.literal_eval(call.args[0]) for name, call in calls if name == "op.create_table"}
    slow = {"op.create_index": 1, "op.create_foreign_key": 1, "op.create_check_constraint": 1}
    found = []
    for name, call in calls:
        options = {option.arg for option in call.keywords}
        spared = {"postgresql_concurrently", "postgresql_not_valid"} & options
        if name in slow and ast.literal_eval(call.args[slow[name]]) not in new and not spared:
            found.append(ast.unparse(call))
    return found


@pytest.mark.parametrize("script", sorted((script_folder() / "versions").glob("*.py")), ids=lambda path: path.stem)
def test_no_migration_keeps_writers_out_of_a_large_table(script: Path) -> None:
    assert locks_a_large_table(script) == []


def test_a_migration_that_would_is_found(tmp_path: Path) -> None:
    script = tmp_path / "bad.py"
    script.write_text('def upgrade():\n    op.create_index("ix", "tickets", ["due_date"])\n')
    assert locks_a_large_table(script) == ["op.create_index('ix', 'tickets', ['due_date'])"]
