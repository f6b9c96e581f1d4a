"""Which migrations there are and which one a database is at, without Alembic: only whoever migrates needs that."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from helpdesk_api.db.errors import SchemaMismatch
from helpdesk_api.db.schema_fit import works_on

_PACKAGE = Path(__file__).resolve().parents[1]
# As `alembic/script.py.mako` writes them.
_IDENTIFIERS = re.compile(r"""^revision = ["'](\w+)["']\ndown_revision = (?:["'](\w+)["']|None)$""", re.MULTILINE)
_HAS_REVISION = text("SELECT to_regclass('alembic_version') IS NOT NULL")
_REVISION = text("SELECT version_num FROM alembic_version")


def script_folder() -> Path:
    """Where the migrations are: in the installed package, or beside `src/` in a checkout."""
    installed = _PACKAGE / "_alembic"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "alembic"


def head() -> str:
    """The newest migration this version of the service knows."""
    before = _revisions_before()
    (newest,) = before.keys() - before.values()
    return newest


def is_known(revision: str | None) -> bool:
    """Whether this version of the service has the migration; nothing yet is known too."""
    return revision is None or revision in _revisions_before()


@cache
def _revisions_before() -> dict[str, str]:
    """Each migration with the one before it; the first has an empty one."""
    scripts = (path.read_text() for path in (script_folder() / "versions").glob("*.py"))
    return {revision: before for script in scripts for revision, before in _IDENTIFIERS.findall(script)}


async def schema_revision(connection: AsyncConnection) -> str | None:
    """The migration the database is at; `None` before the first."""
    return await connection.scalar(_REVISION) if await connection.scalar(_HAS_REVISION) else None


async def current_revision(engine: AsyncEngine) -> str | None:
    """As `schema_revision`, on a connection of its own."""
    async with engine.connect() as connection:
        return await schema_revision(connection)


async def known_revision(engine: AsyncEngine) -> str | None:
    """As `current_revision`; raises `SchemaMismatch` for a schema of a newer version."""
    revision = await current_revision(engine)
    require_known(revision)
    return revision


def require_known(revision: str | None) -> None:
    """Raise `SchemaMismatch` for a migration that only a newer version has."""
    if not is_known(revision):
        raise SchemaMismatch(f"at {revision}, which a newer helpdesk-api made: this one works with {head()}")


async def check_schema(engine: AsyncEngine) -> None:
    """Raise `SchemaMismatch` unless this version of the service can work on the schema.

    It can on its own, and on a newer one that only adds to it: so the old processes go on serving, and may even start
    again, while an upgrade replaces them one by one (docs/deploy.md, "Upgrading").
    """
    async with engine.connect() as connection:
        revision = await schema_revision(connection)
        if revision == head():
            return
        if is_known(revision):
            raise SchemaMismatch(f"at {revision or 'none'}, need {head()}: run `helpdesk-api migrate`")
        if not await works_on(connection):
            require_known(revision)
