"""Backups of an instance that others write to and delete from."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import threading
from pathlib import Path

import httpx
from sqlalchemy import text

from factories import Account, make_account
from helpdesk_api.archive.connection import driver_connection
from helpdesk_api.archive.snapshot import consistent_snapshot
from helpdesk_api.db.engine import open_database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.storage.held import HeldFiles
from media_folder import files_below

from .conftest import Instance


async def work(
    client: httpx.AsyncClient, account: Account, stop: asyncio.Event, busy: asyncio.Event, done: list[int]
) -> None:
    """Send files and delete them again, as fast as it goes; `busy` once there is something to back up."""
    answer = await client.post("/api/tickets/", json={"limit": 1000}, headers=account.token)
    ticket = answer.json()["url"].rstrip("/").rpartition("/")[2]
    choose = random.Random(1)  # noqa: S311
    mine: list[str] = []
    for number in itertools.count():
        if stop.is_set():
            return
        form = {"ticket": ticket, "name": "f"}
        files = {"file": ("same name.txt", f"{number} of {ticket}\n".encode() * 50)}
        sent = await client.post("/api/files/", data=form, files=files, headers=account.token)
        assert sent.status_code in (200, 201), sent.text
        listed = (await client.get(f"/api/files/?ticket={ticket}", headers=account.token)).json()["results"]
        mine = [one["url"] for one in listed]
        if len(mine) > 3:
            gone = await client.delete(choose.choice(mine), headers=account.token)
            assert gone.status_code in (200, 204), gone.text
        done.append(number)
        if len(done) >= 10:
            busy.set()


async def test_every_backup_has_rows_and_files_of_one_moment(
    client: httpx.AsyncClient, source: Instance, target: Instance, tmp_path: Path
) -> None:
    async with unit_of_work(source.database.sessions) as session:
        account = await make_account(session, "ann")
    stop, busy, done = asyncio.Event(), asyncio.Event(), list[int]()
    workers = [asyncio.create_task(work(client, account, stop, busy, done)) for _ in range(4)]
    archives = []
    try:
        await asyncio.wait_for(busy.wait(), timeout=60)
        for number in range(6):
            archives.append(f"{tmp_path}/{number}.tar")
            saved = await source.command("backup", archives[-1])
            assert (saved.exit_code, len(saved.stderr.splitlines())) == (0, 1), saved.stderr
    finally:
        stop.set()
        await asyncio.gather(*workers)
    assert len(done) > 20  # nobody was kept from writing
    assert [name for name in files_below(source.media) if name.startswith(".incoming")] == []
    assert (await source.command("doctor", "--read-files")).exit_code == 0
    for archive in archives[::2]:
        await empty(target)
        restored = await target.command("restore", archive)
        assert restored.exit_code == 0, restored.output
        found = await target.command("doctor", "--read-files")
        assert found.exit_code == 0, found.stdout


async def empty(instance: Instance) -> None:
    async with unit_of_work(instance.database.sessions) as session:
        await session.execute(text("DROP SCHEMA public CASCADE"))
        await session.execute(text("CREATE SCHEMA public"))
    for path in files_below(instance.media):
        (instance.media / path).unlink()


class Beaten(HeldFiles):
    """Each time it comes for the next of some files, somebody else has just deleted it."""

    def __init__(self, instance: Instance, names: list[str]) -> None:
        super().__init__(instance.media)
        self._instance = instance
        self._names = names

    def hold(self, label: str, path: str) -> int | None:
        """As if a deletion had been committed, and finished, in between."""
        if path.endswith(tuple(self._names[:1])):
            del self._names[0]
            deleting = threading.Thread(target=lambda: asyncio.run(self._delete(path)))
            deleting.start()
            deleting.join()
            (self._instance.media / path).unlink()
        return super().hold(label, path)

    async def _delete(self, path: str) -> None:
        other = open_database(self._instance.database.engine.url.render_as_string(hide_password=False))
        async with unit_of_work(other.sessions) as session:
            await session.execute(text("DELETE FROM attachments WHERE path = :path"), {"path": path})
        await other.close()


async def send_three_files(client: httpx.AsyncClient, source: Instance) -> None:
    async with unit_of_work(source.database.sessions) as session:
        account = await make_account(session, "ann")
    ticket = (await client.post("/api/tickets/", json={"limit": 9}, headers=account.token)).json()["url"]
    form = {"ticket": ticket.rstrip("/").rpartition("/")[2]}
    for name in ("a.txt", "b.txt", "c.txt"):
        file = {"file": (name, name.encode())}
        assert (await client.post("/api/files/", data=form, files=file, headers=account.token)).is_success


async def seen(source: Instance, held: HeldFiles) -> tuple[list[str], list[str]]:
    """The paths that the rows of the moment name, and the labels of those without a file."""
    async with driver_connection(source.database) as connection:
        with held:
            async with consistent_snapshot(connection, held) as snapshot:
                return [file.path async for file in snapshot.files()], sorted(snapshot.missing)


async def test_a_file_deleted_right_after_the_moment_leads_to_a_later_moment(
    client: httpx.AsyncClient, source: Instance
) -> None:
    await send_three_files(client, source)
    assert await seen(source, Beaten(source, ["a.txt", "b.txt"])) == (["upload/ann/c.txt"], [])


async def test_a_file_whose_row_stays_is_missing(client: httpx.AsyncClient, source: Instance) -> None:
    await send_three_files(client, source)
    (source.media / "upload" / "ann" / "b.txt").unlink()
    paths, missing = await seen(source, HeldFiles(source.media))
    assert (paths, missing) == ([f"upload/ann/{name}.txt" for name in "abc"], ["attachments:2:upload/ann/b.txt"])


async def test_a_file_deleted_while_it_waits_to_be_copied_is_saved_all_the_same(source: Instance) -> None:
    (source.media / "upload").mkdir(parents=True)
    file = source.media / "upload" / "a.txt"
    file.write_text("content")
    with HeldFiles(source.media) as held:
        assert held.hold("label", "upload/a.txt") == 7
        file.unlink()
        with held.open("label") as content:
            assert content.read() == b"content"
        held.release("label")
    assert files_below(source.media) == []


async def test_what_a_killed_backup_held_is_swept(source: Instance) -> None:
    (source.media / "upload").mkdir(parents=True)
    (source.media / "upload" / "a.txt").write_text("content")
    held = HeldFiles(source.media)
    held.hold("label", "upload/a.txt")
    os.close(held._owner._lock)  # as the system does with a process that is gone
    found = await source.command("doctor", "--fix")
    # The file is in no row: it was put aside, not removed.
    assert "unfinished transfers  1 found, 0 left" in found.stdout
    assert files_below(source.media) == [".lost/upload/a.txt"]
