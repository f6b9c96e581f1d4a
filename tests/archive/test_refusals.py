"""What is not restored, and that nothing is left of what was begun."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from clients import client_over
from commands import run_command
from conftest import on_server
from full_desk import fill
from helpdesk_api.archive.manifest import Manifest
from helpdesk_api.archive.reading import verify
from helpdesk_api.archive.writing import ArchiveWriter
from live_service import PROGRAM
from media_folder import files_below

from .conftest import Instance


@pytest.fixture
async def archive(client: httpx.AsyncClient, source: Instance, tmp_path: Path) -> Path:
    """A backup of an instance with some of everything."""
    await fill(client, source.database)
    file = tmp_path / "desk.tar"
    assert (await source.command("backup", file)).exit_code == 0
    return file


def url_of(instance: Instance) -> str:
    return instance.database.engine.url.render_as_string(hide_password=False)


async def is_empty(instance: Instance) -> bool:
    """Whether there are no files, and no rows but those of a new schema."""
    session = instance.database.read_sessions()
    if await session.scalar(text("SELECT to_regclass('users')")) is not None:
        for table in ("users", "tickets", "events", "attachments"):
            if await session.scalar(text(f"SELECT count(*) FROM {table}")):  # noqa: S608
                return False
    return files_below(instance.media) == []


def member_of(file: Path, beginning: str) -> tarfile.TarInfo:
    with tarfile.open(file) as tar:
        return next(one for one in tar if one.name.startswith(beginning))


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 3 * 512)


def cut_in_half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def cut_before_the_checksums(file: Path) -> None:
    os.truncate(file, member_of(file, "SHA256SUMS").offset)


def change_a_byte_of_the_first(beginning: str) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        at = member_of(file, beginning).offset_data
        with file.open("r+b") as content:
            content.seek(at)
            byte = content.read(1)[0]
            content.seek(at)
            content.write(bytes([byte ^ 1]))

    return change


def rename_a_file(file: Path) -> None:
    """In the tar file's own header, with its checksum put right."""
    content = bytearray(file.read_bytes())
    member = member_of(file, "media/upload/requester/two")
    header = content[member.offset_data - 512 : member.offset_data]
    at = header.index(b"two")
    header[at : at + 3] = b"owt"
    content[member.offset_data - 512 : member.offset_data] = header
    file.write_bytes(content)


def add_something(file: Path) -> None:
    with tarfile.open(file, "a") as tar:
        tar.addfile(tarfile.TarInfo("media/more.txt"), BytesIO())


def link_instead(file: Path) -> None:
    with tarfile.open(file, "w") as tar:
        info = tarfile.TarInfo("media/passwd")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (cut, "end"),
        (cut_in_half, "end"),
        (cut_before_the_checksums, "its end is missing"),
        (change_a_byte_of_the_first("media/"), "its content is not what its checksums say"),
        (change_a_byte_of_the_first("tables/users"), "its content is not what its checksums say"),
        (change_a_byte_of_the_first("manifest.json"), "its manifest cannot be read"),
        (change_a_byte_of_the_first("SHA256SUMS"), "its content is not what its checksums say"),
        (rename_a_file, "its content is not what its checksums say"),
        (add_something, "something follows its end: media/more.txt"),
        (link_instead, "media/passwd is no file"),
        (lambda file: file.write_bytes(b""), "empty file"),
        (lambda file: file.write_bytes(b"no archive" * 100), "header"),
    ],
)
async def test_an_archive_that_is_not_whole_is_refused(
    archive: Path, target: Instance, damage: Callable[[Path], None], words: str
) -> None:
    await asyncio.to_thread(damage, archive)
    refused = await target.command("restore", archive)
    assert refused.exit_code == 1
    assert refused.stderr.startswith(f"helpdesk-api: {archive} is damaged, or no archive: ")
    assert words in refused.stderr
    assert await is_empty(target)


async def test_an_archive_that_is_not_there_is_said_in_a_line(target: Instance, tmp_path: Path) -> None:
    refused = await target.command("restore", tmp_path / "none.tar")
    assert (refused.exit_code, refused.stderr) == (
        1,
        f"helpdesk-api: {tmp_path}/none.tar cannot be read: No such file or directory.\n",
    )


def forge(file: Path, **changes: object) -> None:
    """Write the archive anew, with a manifest that says something else and checksums that agree."""
    known = {name: getattr(verify(file), name) for name in Manifest.__dataclass_fields__} | changes
    members = {}
    with tarfile.open(file) as tar:
        for info in tar:
            content = tar.extractfile(info)
            assert content is not None
            members[info.name] = content.read()
    with file.open("wb") as output, ArchiveWriter(output) as written:
        for name, content in members.items():
            if name not in ("manifest.json", "SHA256SUMS"):
                written.add_bytes(name, content)
        written.finish(Manifest(**known))


async def test_an_archive_of_a_newer_schema_is_refused(archive: Path, target: Instance) -> None:
    forge(archive, revision="9999", version="7.0", taken_at=datetime(2030, 1, 1, tzinfo=UTC))
    refused = await target.command("restore", archive)
    assert refused.exit_code == 1
    assert "the archive has schema 9999, of helpdesk-api 7.0; this one knows" in refused.stderr
    assert await is_empty(target)


@pytest.mark.parametrize("wrong", ["rows", "tables", "sequences"])
async def test_what_turns_out_wrong_while_it_is_restored_leaves_nothing(
    archive: Path, target: Instance, wrong: str
) -> None:
    manifest = verify(archive)
    tables = dict(manifest.tables)
    if wrong == "rows":
        tables["users"] = type(tables["users"])(tables["users"].columns, tables["users"].rows + 1)
    elif wrong == "tables":
        del tables["tokens"]
    sequences = {} if wrong == "sequences" else manifest.sequences
    forge(archive, tables=tables, sequences=sequences)
    refused = await target.command("restore", archive)
    assert (refused.exit_code, f"its {wrong} are not those" in refused.stderr) == (1, True), refused.stderr
    assert await is_empty(target)
    # The folder and the database can still be used.
    assert (await target.command("check")).exit_code in (0, 1)
    assert (await target.command("migrate")).exit_code == 0


async def test_an_archive_is_not_restored_over_anything(archive: Path, source: Instance, target: Instance) -> None:
    refused = await source.command("restore", archive)
    assert (refused.exit_code, "the database is not empty: there are users" in refused.stderr) == (1, True)
    await on_server(url_of(target), "CREATE TABLE shop (id bigint)")
    refused = await target.command("restore", archive)
    assert (refused.exit_code, "tables that are not helpdesk-api's" in refused.stderr) == (1, True)
    await on_server(url_of(target), "DROP TABLE shop")
    (target.media / "upload").mkdir(parents=True)
    (target.media / "upload" / "mine.txt").write_text("mine")
    refused = await target.command("restore", archive)
    assert refused.exit_code == 1
    assert f"the media folder {target.media} is not empty: there is upload/mine.txt" in refused.stderr
    assert (target.media / "upload" / "mine.txt").read_text() == "mine"


async def test_a_backup_is_not_written_over_anything(source: Instance, tmp_path: Path) -> None:
    (tmp_path / "there.tar").write_text("precious")
    refused = await source.command("backup", tmp_path / "there.tar")
    assert (refused.exit_code, refused.stderr) == (1, f"helpdesk-api: {tmp_path}/there.tar is there already.\n")
    assert (tmp_path / "there.tar").read_text() == "precious"


async def test_nothing_to_back_up_is_said(target: Instance, tmp_path: Path) -> None:
    refused = await target.command("backup", tmp_path / "nothing.tar")
    assert (refused.exit_code, "there is nothing to back up" in refused.stderr) == (1, True)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("moment", ["files", "rows"])
async def test_a_restore_that_is_killed_leaves_an_empty_instance(
    archive: Path, target: Instance, moment: str, tmp_path: Path
) -> None:
    """Killed where it waits: for a file that is no file yet, or for the lock of a table."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HELPDESK_")},
        "HELPDESK_DATABASE_URL": url_of(target),
        "HELPDESK_MEDIA_ROOT": str(target.media),
    }
    await target.command("migrate")
    async with contextlib.AsyncExitStack() as stack:
        if moment == "rows":
            connection = await stack.enter_async_context(target.database.engine.connect())
            await connection.execute(text("LOCK TABLE subscriptions IN ACCESS SHARE MODE"))
        command = [sys.executable, "-c", SLOW_WRITES] if moment == "files" else [str(PROGRAM)]
        process = subprocess.Popen([*command, "restore", str(archive)], env=environment, cwd=tmp_path)  # noqa: ASYNC220
        await asyncio.to_thread(wait_for_files, target.media, 4 if moment == "rows" else 2)
        if moment == "rows":
            await asyncio.sleep(0.5)
        process.kill()
        await asyncio.to_thread(process.wait)
    assert files_below(target.media) != []
    again = await target.command("restore", archive)
    assert again.exit_code == 0, again.output
    assert (await target.command("doctor", "--read-files")).exit_code == 0


# The disk is slow: between two files it takes a second.
SLOW_WRITES = """
import os, sys, time
from helpdesk_api.__main__ import main
fsync = os.fsync
os.fsync = lambda file: (fsync(file), time.sleep(0.3))
main()
"""


def wait_for_files(media: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    while sum(not name.startswith(".incoming") for name in files_below(media)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


async def test_a_killed_restore_is_swept_by_the_next_start(archive: Path, target: Instance, tmp_path: Path) -> None:
    environment = {"HELPDESK_DATABASE_URL": url_of(target), "HELPDESK_MEDIA_ROOT": str(target.media)}
    command = [sys.executable, "-c", SLOW_WRITES, "restore", str(archive)]
    process = subprocess.Popen(command, env={**os.environ, **environment}, cwd=tmp_path)  # noqa: ASYNC220
    await asyncio.to_thread(wait_for_files, target.media, 2)
    process.kill()
    await asyncio.to_thread(process.wait)
    mended = await run_command(target.database, "doctor", "--fix", media_root=target.media)
    assert mended.exit_code == 0, mended.output
    assert await is_empty(target)
    async with client_over(target.settings, target.database) as client:
        assert (await client.get("/readyz")).status_code == 200
