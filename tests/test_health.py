"""GET /healthz and /readyz: alive, and able to serve."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from clients import client_over
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.db.revisions import head
from helpdesk_api.settings import Settings

WELL = {"status": "ok", "database": "ok", "migrations": "ok", "media": "ok"}


@pytest.fixture
async def away() -> AsyncIterator[Database]:
    """A database on a port where nobody listens."""
    database = open_database("postgresql+asyncpg://helpdesk:secret@127.0.0.1:9/helpdesk")
    yield database
    await database.close()


async def readiness(settings: Settings, database: Database) -> tuple[int, dict[str, str]]:
    async with client_over(settings, database) as client:
        answer = await client.get("/readyz")
    return answer.status_code, answer.json()


async def test_a_process_that_answers_is_alive(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert [(await client.head(path)).status_code for path in ("/healthz", "/readyz")] == [200, 200]


async def test_a_service_that_has_all_it_needs_is_ready(settings: Settings, database: Database) -> None:
    assert await readiness(settings, database) == (200, WELL)


async def test_without_a_database_it_is_alive_but_not_ready(settings: Settings, away: Database) -> None:
    started = time.monotonic()
    assert await readiness(settings, away) == (
        503,
        {**WELL, "status": "unavailable", "database": "not reachable", "migrations": "unknown"},
    )
    assert time.monotonic() - started < 30
    async with client_over(settings, away) as client:
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize("wrong", ["password", "database"])
async def test_a_server_that_refuses_the_service_is_not_reachable(
    settings: Settings, server_url: str, wrong: str
) -> None:
    url = make_url(server_url)
    url = url.set(database="nobodys") if wrong == "database" else url.set(username="nobody", password="wrong")
    refused = open_database(url.render_as_string(hide_password=False))
    status, state = await readiness(settings, refused)
    await refused.close()
    assert (status, state["status"], state["database"]) == (503, "unavailable", "not reachable")


@pytest.mark.parametrize(
    ("stored", "state"),
    [
        (None, f"at none, need {head()}: run `helpdesk-api migrate`"),
        ("0001", f"at 0001, need {head()}: run `helpdesk-api migrate`"),
    ],
)
async def test_a_schema_of_another_version_is_named_with_what_to_do(
    settings: Settings, empty_database: Database, stored: str | None, state: str
) -> None:
    async with empty_database.sessions() as session, session.begin():
        await session.execute(text("DELETE FROM alembic_version"))
        if stored:
            await session.execute(text(f"INSERT INTO alembic_version VALUES ('{stored}')"))  # noqa: S608
    assert await readiness(settings, empty_database) == (
        503,
        {**WELL, "status": "unavailable", "migrations": state},
    )


async def at_a_newer_schema(settings: Settings, database: Database, change: str) -> tuple[int, dict[str, str]]:
    async with database.sessions() as session, session.begin():
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await session.execute(text(change))
    return await readiness(settings, database)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE news (id bigint NOT NULL)",
        "ALTER TABLE tickets ADD COLUMN colour text",
        "ALTER TABLE tickets ADD COLUMN colour text NOT NULL DEFAULT 'red'",
    ],
)
async def test_a_newer_schema_that_only_has_more_is_worked_on(
    settings: Settings, empty_database: Database, change: str
) -> None:
    assert await at_a_newer_schema(settings, empty_database, change) == (200, WELL)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE users DROP COLUMN job_title",
        "ALTER TABLE revisions RENAME TO old_revisions",
        "ALTER TABLE tokens ADD COLUMN colour text NOT NULL",
    ],
)
async def test_a_newer_schema_that_takes_something_away_is_not(
    settings: Settings, empty_database: Database, change: str
) -> None:
    state = f"at 9999, which a newer helpdesk-api made: this one works with {head()}"
    assert await at_a_newer_schema(settings, empty_database, change) == (
        503,
        {**WELL, "status": "unavailable", "migrations": state},
    )


async def test_a_media_folder_that_cannot_be_written_is_named(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    blocked = settings.model_copy(update={"media_root": tmp_path / "taken" / "media"})
    assert await readiness(blocked, database) == (
        503,
        {**WELL, "status": "unavailable", "media": "not writable: Not a directory"},
    )


async def test_asking_for_readiness_leaves_nothing_in_the_media_folder(settings: Settings, database: Database) -> None:
    await readiness(settings, database)
    assert [path for path in settings.media_dir.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_checks_take_nothing_but_get(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
