"""A backup, and the same instance again from it."""

from __future__ import annotations

import os
import subprocess
import tarfile
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from clients import client_over
from conftest import on_server
from factories import PASSWORD
from full_desk import everything_it_answers, fill
from helpdesk_api.db.migrations import move_schema, schema_turn
from helpdesk_api.db.revisions import current_revision, head
from media_folder import files_below

from .conftest import Instance

# Everything of a schema that a restore could have left otherwise.
DEFINITIONS = """
    SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION SELECT tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
"""
SUMS = "SELECT kind, queue_id, status, sum(tickets) FROM ticket_counts GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"


async def rows_of(instance: Instance, query: str) -> list[tuple[object, ...]]:
    session = instance.database.read_sessions()
    return sorted(tuple(row) for row in await session.execute(text(query)))


async def test_a_restored_instance_answers_every_get_byte_for_byte_as_before(
    client: httpx.AsyncClient, source: Instance, target: Instance, tmp_path: Path
) -> None:
    desk = await fill(client, source.database)
    before = await everything_it_answers(client, source.database, desk)
    assert sum(status == 200 for status, _, _ in before.values()) > 200
    saved = await source.command("backup", tmp_path / "desk.tar")
    assert (saved.exit_code, saved.stdout) == (0, "")
    assert (await source.command("doctor")).exit_code == 0

    restored = await target.command("restore", tmp_path / "desk.tar")
    assert (restored.exit_code, restored.stdout.splitlines()[-1]) == (0, "Restored."), restored.output
    async with client_over(target.settings, target.database) as other:
        after = await everything_it_answers(other, target.database, desk)
        signed_in = await other.post("/api-token-auth/", json={"username": "agent", "password": PASSWORD})
        assert signed_in.status_code == 200
    assert {key: (before[key], answer) for key, answer in after.items() if answer != before[key]} == {}
    assert len(after) == len(before)
    assert files_below(target.media) == files_below(source.media)
    assert (await target.command("doctor")).exit_code == 0
    for query in (DEFINITIONS, SUMS, "SELECT id, type, changes::text FROM events", "SELECT * FROM revisions"):
        assert await rows_of(target, query) == await rows_of(source, query)


async def test_ids_go_on_after_the_highest_that_was_ever_given(
    client: httpx.AsyncClient, source: Instance, target: Instance, tmp_path: Path
) -> None:
    desk = await fill(client, source.database)
    await source.command("backup", tmp_path / "desk.tar")
    await target.command("restore", tmp_path / "desk.tar")
    opened = []
    for instance in (source, target):
        async with client_over(instance.settings, instance.database) as one:
            answer = await one.post("/api/tickets/", json={"limit": 2}, headers=desk.requester.token)
            opened.append(answer.json()["url"])
            totals = (await one.get("/api/tickets/", headers=desk.admin.token)).json()["count"]
        # The triggers count again.
        assert totals == len(await rows_of(instance, "SELECT id FROM tickets"))
    assert opened[0] == opened[1]


async def test_an_archive_of_an_older_schema_is_migrated(
    source: Instance, target: Instance, server_url: str, tmp_path: Path
) -> None:
    url = source.database.engine.url.database
    async with schema_turn(source.database.engine) as connection:
        await move_schema(connection, "0001", back=True)
    older = [
        "INSERT INTO users (username, password_hash) VALUES ('ann', '!')",
        "INSERT INTO tickets (kind, creator_id, file_limit) SELECT 'upload', id, 3 FROM users",
    ]
    assert url is not None
    await on_server(source.database.engine.url.render_as_string(hide_password=False), *older)
    saved = await source.command("backup", tmp_path / "old.tar")
    assert "at schema 0001" in saved.stderr
    assert (await target.command("migrate")).exit_code == 0  # it has to go back for the rows, and then forward again
    restored = await target.command("restore", tmp_path / "old.tar")
    assert restored.exit_code == 0, restored.output
    assert await current_revision(target.database.engine) == head()
    assert await rows_of(target, "SELECT kind, tickets FROM ticket_counts") == [("upload", 1)]


async def test_an_archive_is_a_plain_tar_file_with_checksums_that_only_its_owner_reads(
    client: httpx.AsyncClient, source: Instance, tmp_path: Path
) -> None:
    await fill(client, source.database)
    file = tmp_path / "desk.tar"
    await source.command("backup", file)
    assert (file.stat().st_mode & 0o777, sorted(os.listdir(tmp_path))) == (0o600, ["desk.tar", "media"])
    unpacked = tmp_path / "unpacked"
    with tarfile.open(file) as archive:
        names = archive.getnames()
        archive.extractall(unpacked, filter="data")
    assert (names[0][:6], names[-2:]) == ("media/", ["manifest.json", "SHA256SUMS"])
    run_in(unpacked, "sha256sum --check --strict --quiet SHA256SUMS")
    rows = run_in(unpacked, "cat tables/users/* | gunzip").splitlines()
    assert {line.split("\t")[1] for line in rows} == {"admin", "agent", "requester"}


def run_in(folder: Path, command: str) -> str:
    return subprocess.run(command, shell=True, cwd=folder, check=True, capture_output=True, text=True).stdout  # noqa: S602


async def test_a_backup_can_go_to_standard_output(source: Instance, target: Instance, tmp_path: Path) -> None:
    saved = await source.command("backup", "-")
    (tmp_path / "piped.tar").write_bytes(saved.stdout_bytes)
    assert (await target.command("restore", "--check", tmp_path / "piped.tar")).exit_code == 0


@pytest.mark.parametrize("missing", ["gone", "shorter", "other"])
async def test_a_backup_names_files_that_are_not_as_their_rows_say(
    client: httpx.AsyncClient, source: Instance, target: Instance, tmp_path: Path, missing: str
) -> None:
    await fill(client, source.database)
    victim = source.media / "upload" / "requester" / "日本語.txt"
    content = victim.read_bytes()
    if missing == "gone":
        victim.unlink()
    else:
        victim.write_bytes(content[:-1] + (b"?" if missing == "other" else b""))
    saved = await source.command("backup", tmp_path / "desk.tar")
    words = "there is no such file" if missing == "gone" else "its content is not what was uploaded"
    assert saved.exit_code == 0
    assert saved.stderr.splitlines()[1:] == [
        f"Not as it should be: upload/requester/日本語.txt: {words}",
        "1 files are damaged or missing: see `helpdesk-api doctor`.",
    ]
    assert (await target.command("restore", tmp_path / "desk.tar")).exit_code == 0
    found = await target.command("doctor", "--read-files")
    assert (found.exit_code, "rows without files    1 found" in found.stdout) == (1, True)
