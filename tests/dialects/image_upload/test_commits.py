"""Uploads and deletions whose transaction comes to nothing: never answered with success, and nothing half done."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import select, text

from factories import PNG, Account
from helpdesk_api.db.engine import Database
from helpdesk_api.models import Attachment
from helpdesk_api.settings import Settings
from uploading import left_overs, open_ticket, row_counts, send_file, status_of, stored_files

# A constraint that is looked at when everything else of the transaction has been done.
FAIL_AT_COMMIT = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {how} RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER refuse_at_commit AFTER INSERT OR UPDATE OR DELETE ON {table}
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
"""
OBJECTION = "RAISE EXCEPTION 'secret detail' USING ERRCODE = '23514';"
BUG = "RAISE EXCEPTION 'secret detail';"
NO_ROOM = "RAISE EXCEPTION 'secret detail' USING ERRCODE = '53100';"
# As a server that is stopped, or an operator, ends it.
KILL = "PERFORM pg_terminate_backend(pg_backend_pid());"


async def run(database: Database, script: str) -> None:
    """Run statements and commit them."""
    async with database.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.execute(script)


async def counts(database: Database) -> dict[str, int]:
    """What the tables hold, as another connection sees it."""
    async with database.read_sessions() as session:
        return await row_counts(session)


@pytest.mark.parametrize("table", ["attachments", "tickets", "events"])
@pytest.mark.parametrize(("how", "status"), [(OBJECTION, 409), (BUG, 500), (KILL, 503)])
async def test_an_upload_whose_commit_fails_leaves_no_file_and_takes_no_place(
    committing: httpx.AsyncClient,
    empty_database: Database,
    settings: Settings,
    owner: Account,
    table: str,
    how: str,
    status: int,
) -> None:
    ticket = await open_ticket(committing, owner, limit=2)
    await send_file(committing, owner, ticket, "kept.png")
    before = await counts(empty_database)
    await run(empty_database, FAIL_AT_COMMIT.format(how=how, table=table))

    answer = await send_file(committing, owner, ticket, "lost.png")

    assert (answer.status_code, list(answer.json())) == (status, ["detail"])
    assert "secret" not in answer.text
    assert await counts(empty_database) == before
    assert (stored_files(settings), left_overs(settings)) == (["upload/owner/kept.png"], [])
    # The service goes on, and the place is still free.
    await run(empty_database, f"DROP TRIGGER refuse_at_commit ON {table}")
    assert (await send_file(committing, owner, ticket, "lost.png")).status_code == 200
    assert await status_of(committing, owner, ticket) == "COMPLETED"


@pytest.mark.parametrize("what", ["file", "ticket"])
@pytest.mark.parametrize("how", [OBJECTION, BUG, KILL])
async def test_a_deletion_whose_commit_fails_keeps_the_file(
    committing: httpx.AsyncClient, empty_database: Database, settings: Settings, owner: Account, what: str, how: str
) -> None:
    ticket = await open_ticket(committing, owner, limit=2)
    sent = await send_file(committing, owner, ticket, "kept.png")
    before = await counts(empty_database)
    await run(empty_database, FAIL_AT_COMMIT.format(how=how, table="events"))

    path = sent.headers["location"] if what == "file" else f"/api/tickets/{ticket}/"
    answer = await committing.delete(path, headers=owner.token)

    assert answer.status_code in (409, 500, 503)
    assert await counts(empty_database) == before
    assert (stored_files(settings), left_overs(settings)) == (["upload/owner/kept.png"], [])
    assert (await committing.get("/media/upload/owner/kept.png", headers=owner.token)).content == PNG


@pytest.mark.parametrize("how", [OBJECTION, BUG, KILL])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_failed_commit_is_never_answered_with_success(
    committing: httpx.AsyncClient, empty_database: Database, owner: Account, method: str, how: str
) -> None:
    ticket = await open_ticket(committing, owner, limit=2)
    before = await counts(empty_database)
    await run(empty_database, FAIL_AT_COMMIT.format(how=how, table="tickets"))
    path = "/api/tickets/" if method == "POST" else f"/api/tickets/{ticket}/"
    answer = await committing.request(method, path, headers=owner.token, json={"limit": 9})
    assert answer.status_code in (409, 500, 503)
    assert await counts(empty_database) == before
    shown = await committing.get(f"/api/tickets/{ticket}/", headers=owner.token)
    assert shown.json()["limit"] == 2


async def test_a_commit_the_disk_has_no_room_for_leaves_nothing(
    committing: httpx.AsyncClient, empty_database: Database, settings: Settings, owner: Account
) -> None:
    ticket = await open_ticket(committing, owner)
    await run(empty_database, FAIL_AT_COMMIT.format(how=NO_ROOM, table="attachments"))
    answer = await send_file(committing, owner, ticket)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    async with empty_database.read_sessions() as session:
        assert (await session.scalars(select(Attachment))).all() == []
        assert await session.scalar(text("SELECT sum(file_count) FROM tickets")) == 0
    assert (stored_files(settings), left_overs(settings)) == ([], [])
