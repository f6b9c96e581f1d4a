"""`doctor`: what it finds, what it mends, and what it leaves alone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import httpx
import pytest
from sqlalchemy import text

from clients import client_over
from commands import run_command
from factories import PNG, Account, make_account
from full_desk import Desk, fill
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.outbox.sequencing import number_events
from helpdesk_api.settings import Settings
from helpdesk_api.storage.files import LocalFiles
from media_folder import files_below, kept, received

CHECKS = (
    "indexes",
    "sequences",
    "unfinished transfers",
    "rows without files",
    "files without rows",
    "upload counters",
    "reply counters",
    "post counters",
    "assignment counters",
    "ticket totals",
    "event numbers",
    "background work",
)
WELL = "".join(f"{check:<22}ok\n" for check in CHECKS)


@pytest.fixture(autouse=True)
def _folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def desk(settings: Settings, empty_database: Database) -> Desk:
    """An instance with some of everything."""
    async with client_over(settings, empty_database) as client:
        return await fill(client, empty_database)


async def look(database: Database, settings: Settings, *options: str) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """The exit code and what was found, by check."""
    result = await run_command(database, "doctor", "--json", *options, media_root=settings.media_dir)
    document = json.loads(result.stdout)
    assert [one["check"] for one in document["checks"]] == list(CHECKS)
    assert document["status"] == ("found" if result.exit_code else "ok")
    return result.exit_code, {one["check"]: one["findings"] for one in document["checks"] if one["findings"]}


async def change(database: Database, *statements: str) -> None:
    async with unit_of_work(database.sessions) as session:
        for statement in statements:
            await session.execute(text(statement))


async def value(database: Database, query: str) -> Any:
    session = database.read_sessions()
    return await session.scalar(text(query))


def finding(subject: str, problem: str, *, mended: bool, advice: str | None = None) -> dict[str, Any]:
    return {"subject": subject, "problem": problem, "advice": advice, "mended": mended}


@pytest.mark.usefixtures("desk")
async def test_an_instance_in_order_is_left_as_it_is(empty_database: Database, settings: Settings) -> None:
    before = files_below(settings.media_dir)
    for options in ([], ["--fix"], ["--read-files"]):
        result = await run_command(empty_database, "doctor", *options, media_root=settings.media_dir)
        assert (result.exit_code, result.stdout) == (0, WELL)
    assert files_below(settings.media_dir) == before


@pytest.mark.parametrize(
    ("check", "damage", "subject", "problem"),
    [
        ("upload counters", "UPDATE tickets SET file_count = 7 WHERE id = 2", "ticket 2", "counts 7, has 4"),
        ("reply counters", "UPDATE tickets SET reply_count = 5 WHERE id = 4", "ticket 4", "counts 5, has 1"),
        ("post counters", "UPDATE users SET total_posts = 99 WHERE id = 3", "user requester", "counts 99, has 1"),
        ("assignment counters", "UPDATE users SET total_assigned = 0 WHERE id = 2", "user agent", "counts 0, has 2"),
        (
            "ticket totals",
            "INSERT INTO ticket_counts (kind, queue_id, status, stage, tickets) VALUES ('upload', 0, 0, 0, 5)",
            "upload tickets",
            "counts 8, has 3",
        ),
        (
            "ticket totals",
            "DELETE FROM ticket_counts WHERE kind = 'support'",
            "support tickets of queue 1 in status 1",
            "counts 0, has 3",
        ),
        (
            "sequences",
            "ALTER SEQUENCE followups_id_seq RESTART WITH 2",
            "followups.id",
            "would give 2 next, and there is 6 already",
        ),
    ],
)
@pytest.mark.usefixtures("desk")
async def test_what_counts_wrongly_is_found_and_mended(
    empty_database: Database, settings: Settings, check: str, damage: str, subject: str, problem: str
) -> None:
    await change(empty_database, damage)
    assert await look(empty_database, settings) == (1, {check: [finding(subject, problem, mended=False)]})
    assert await look(empty_database, settings, "--fix") == (0, {check: [finding(subject, problem, mended=True)]})
    assert await look(empty_database, settings) == (0, {})


@pytest.mark.usefixtures("desk")
async def test_more_files_than_the_limit_is_said_and_not_mended(empty_database: Database, settings: Settings) -> None:
    await change(empty_database, "UPDATE tickets SET file_count = 1, file_limit = 2 WHERE id = 2")
    found = finding("ticket 2", "counts 1, has 4", mended=False, advice="its limit is 2: raise it to 4, then run again")
    assert await look(empty_database, settings, "--fix") == (1, {"upload counters": [found]})
    assert await value(empty_database, "SELECT file_count FROM tickets WHERE id = 2") == 1


async def test_a_row_without_its_file_goes_and_its_place_is_free_again(
    empty_database: Database, settings: Settings, desk: Desk
) -> None:
    (settings.media_dir / "upload" / "requester" / "日本語.txt").unlink()
    number = await value(empty_database, "SELECT id FROM attachments WHERE path = 'upload/requester/日本語.txt'")
    picture = await value(empty_database, "SELECT avatar FROM users WHERE username = 'agent'")
    (settings.media_dir / picture).unlink()
    said = [
        finding(f"file {number} (upload/requester/日本語.txt)", "its file is not there", mended=False),
        finding(f"picture of user {desk.agent.id} ({picture})", "its file is not there", mended=False),
    ]
    assert await look(empty_database, settings) == (1, {"rows without files": said})
    mended = [{**one, "mended": True} for one in said]
    assert await look(empty_database, settings, "--fix") == (0, {"rows without files": mended})
    assert await value(empty_database, "SELECT file_count FROM tickets WHERE id = 2") == 3
    query = "SELECT changes ->> 'lost' FROM events WHERE type = 'attachment.deleted' ORDER BY id DESC LIMIT 1"
    assert await value(empty_database, query) == "true"
    async with client_over(settings, empty_database) as client:
        form = {"ticket": "2"}
        sent = await client.post("/api/files/", data=form, files={"file": ("a.png", PNG)}, headers=desk.requester.token)
        assert sent.is_success
    assert await look(empty_database, settings) == (0, {})


@pytest.mark.usefixtures("desk")
async def test_no_row_goes_where_no_file_at_all_is_there(
    empty_database: Database, settings: Settings, tmp_path: Path
) -> None:
    elsewhere = settings.model_copy(update={"media_root": tmp_path / "not-mounted"})
    rows = await value(empty_database, "SELECT count(*) FROM attachments")
    code, found = await look(empty_database, elsewhere, "--fix")
    assert (code, len(found["rows without files"])) == (1, rows + 1)
    assert {one["advice"] for one in found["rows without files"]} == {
        "none of the files is there: is HELPDESK_MEDIA_ROOT right? Then restore the folder"
    }
    assert await value(empty_database, "SELECT count(*) FROM attachments") == rows
    assert await look(empty_database, settings) == (0, {})


@pytest.mark.usefixtures("desk")
async def test_a_file_with_other_content_is_found_when_files_are_read(
    empty_database: Database, settings: Settings
) -> None:
    victim = settings.media_dir / "upload" / "requester" / "日本語.txt"
    content = victim.read_bytes()
    victim.write_bytes(content[:-1] + b"?")
    assert await look(empty_database, settings) == (0, {})
    number = await value(empty_database, "SELECT id FROM attachments WHERE path = 'upload/requester/日本語.txt'")
    subject, advice = f"file {number} (upload/requester/日本語.txt)", "restore the file from a backup"
    other = finding(subject, "its file has other content than was uploaded", mended=False, advice=advice)
    assert await look(empty_database, settings, "--read-files", "--fix") == (1, {"rows without files": [other]})
    victim.write_bytes(b"?")
    shorter = finding(subject, f"its file has 1 bytes instead of {len(content)}", mended=False, advice=advice)
    assert await look(empty_database, settings, "--fix") == (1, {"rows without files": [shorter]})
    assert victim.read_bytes() == b"?"


@pytest.mark.usefixtures("desk")
async def test_a_file_without_a_row_is_put_aside(empty_database: Database, settings: Settings) -> None:
    (settings.media_dir / "upload" / "nobody").mkdir()
    (settings.media_dir / "upload" / "nobody" / "a.txt").write_text("a")
    said = finding("upload/nobody/a.txt", "no row names it", mended=False)
    assert await look(empty_database, settings) == (1, {"files without rows": [said]})
    assert await look(empty_database, settings, "--fix") == (0, {"files without rows": [{**said, "mended": True}]})
    assert (settings.media_dir / ".lost" / "upload" / "nobody" / "a.txt").read_text() == "a"


@pytest.mark.usefixtures("desk")
async def test_what_is_under_way_is_nothing_to_mend(empty_database: Database, settings: Settings) -> None:
    files = LocalFiles(settings.media_dir)
    arriving = await files.publish(await received(files), "upload/ann", "arriving.txt")
    leaving = await kept(files, "upload/ann", "leaving.txt")
    removal = await files.plan_removal(leaving.path)
    assert await look(empty_database, settings, "--fix") == (0, {})
    await files.settle(arriving)
    await files.cancel_removal(removal)
    await files.close()
    code, found = await look(empty_database, settings)
    assert (code, [one["subject"] for one in found["files without rows"]]) == (1, [arriving.path, leaving.path])


@pytest.mark.usefixtures("desk")
async def test_what_a_killed_process_left_is_decided_by_the_rows(empty_database: Database, settings: Settings) -> None:
    """A picture whose row was committed right before the process died, and a file whose row was not."""
    files = LocalFiles(settings.media_dir)
    picture = await files.publish(await received(files, PNG), "avatars", "new.png")
    await files.publish(await received(files), "upload/ann", "lost.txt")
    await change(empty_database, f"UPDATE users SET avatar = '{picture.path}' WHERE username = 'requester'")  # noqa: S608
    await files.close()  # nothing is settled
    left = finding("media folder", "2 left by processes that were killed", mended=False)
    assert await look(empty_database, settings) == (1, {"unfinished transfers": [left]})
    assert await look(empty_database, settings, "--fix") == (0, {"unfinished transfers": [{**left, "mended": True}]})
    assert (settings.media_dir / picture.path).read_bytes() == PNG
    assert not (settings.media_dir / "upload" / "ann" / "lost.txt").exists()


async def test_an_index_that_was_not_finished_is_built_anew(empty_database: Database, settings: Settings) -> None:
    await change(
        empty_database, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_tickets_created_at'::regclass"
    )
    said = finding("ix_tickets_created_at", "is not usable, and slows writing", mended=False)
    assert await look(empty_database, settings) == (1, {"indexes": [said]})
    assert await look(empty_database, settings, "--fix") == (0, {"indexes": [{**said, "mended": True}]})


async def test_the_table_shows_the_first_of_many_and_no_control_characters(
    empty_database: Database, settings: Settings
) -> None:
    folder = settings.media_dir / "upload"
    folder.mkdir(parents=True)
    for number in range(25):
        (folder / f"{number:02}\x1b[31m.txt").write_text("x")
    result = await run_command(empty_database, "doctor", media_root=settings.media_dir)
    lines = result.stdout.splitlines()
    assert (result.exit_code, lines[4]) == (1, "files without rows    25 found")
    assert lines[5] == "  upload/00?[31m.txt: no row names it (--fix mends it)"
    assert lines[25] == "  and 5 more: --json lists them all"


async def test_nothing_is_found_while_others_write(empty_database: Database, settings: Settings) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        account = await make_account(session, "ann")
    async with client_over(settings, empty_database) as client:
        stop = asyncio.Event()
        workers = [asyncio.create_task(send_and_delete(client, account, stop)) for _ in range(4)]
        try:
            for options in ([], ["--fix"], ["--read-files"], ["--fix"]):
                assert await look(empty_database, settings, *options) == (0, {})
        finally:
            stop.set()
            counts = await asyncio.gather(*workers)
    assert min(counts) > 3


async def send_and_delete(client: httpx.AsyncClient, account: Account, stop: asyncio.Event) -> int:
    count = 0
    answer = await client.post("/api/tickets/", json={"limit": 5}, headers=account.token)
    form = {"ticket": answer.json()["url"].rstrip("/").rpartition("/")[2]}
    while not stop.is_set():
        sent = await client.post("/api/files/", data=form, files={"file": ("a.png", PNG)}, headers=account.token)
        assert sent.is_success
        page = await client.get(f"/api/files/?ticket={form['ticket']}", headers=account.token)
        assert (await client.delete(page.json()["results"][0]["url"], headers=account.token)).is_success
        count += 1
    return count


@pytest.mark.usefixtures("desk")
async def test_numbers_that_are_missing_and_what_nobody_does_are_found(
    settings: Settings, empty_database: Database
) -> None:
    """Neither is the doctor's to mend."""
    async with unit_of_work(empty_database.sessions) as session:
        numbered = await number_events(session, [])
    await change(
        empty_database,
        "DELETE FROM events WHERE sequence = 3",
        "INSERT INTO events (type, created_at) SELECT 'ticket.updated', now() - interval '11 minutes'",
        "INSERT INTO deliveries (channel, lane, payload, next_attempt_at)"
        " SELECT 'webhook', 'webhook:1', '{}', now() - interval '11 minutes' FROM generate_series(1, 2)",
    )
    found = {
        "event numbers": [
            {
                "subject": "events",
                "problem": f"the newest has the number {numbered}, and there are {numbered - 1}",
                "advice": "rows were deleted by hand: whoever follows events by number has to begin anew",
                "mended": False,
            }
        ],
        "background work": [
            {"subject": subject, "problem": f"1 to {verb} for more than ten minutes", "advice": ANY, "mended": False}
            for subject, verb in (("events", "number"), ("deliveries", "send"))
        ],
    }
    for options in ((), ("--fix",)):
        assert await look(empty_database, settings, *options) == (1, found)
