"""Files whose rows are deleted: they go after the commit, and only they."""

import errno
import os
from pathlib import Path

import pytest

from helpdesk_api.storage.files import LocalFiles
from helpdesk_api.storage.journal import Removal
from media_folder import files_below, kept, received

MIB = 1024 * 1024


def take_away(root: Path) -> None:
    root.rename(root.with_suffix(".away"))
    root.write_bytes(b"a file where the folder was")


def entry_of(root: Path, path: str) -> str:
    notes = root.with_suffix(".away").glob(".incoming/*.path")
    return next(note.stem for note in notes if str(note.readlink()) == path)


async def test_a_removed_file_goes_only_when_the_removal_is_finished(files: LocalFiles, root: Path) -> None:
    going, staying = await kept(files, "a", "going.txt"), await kept(files, "a", "staying.txt")
    finished = await files.plan_removal(going.path, "a/never-was.txt", "nowhere/at/all.txt", "../outside")
    cancelled = await files.plan_removal(staying.path)
    assert files.locate(going.path) == root / "a/going.txt"
    await files.finish_removal(finished)
    await files.cancel_removal(cancelled)
    assert files_below(root) == ["a/staying.txt"]


async def test_two_removals_of_one_file_do_not_disturb_each_other(files: LocalFiles, root: Path) -> None:
    stored = await kept(files, "a", "a.txt")
    first, second = await files.plan_removal(stored.path), await files.plan_removal(stored.path)
    await files.finish_removal(first)
    await files.finish_removal(second)
    assert files_below(root) == []


async def test_a_removal_spares_a_new_file_that_took_the_name_meanwhile(files: LocalFiles, root: Path) -> None:
    old = await kept(files, "a", "a.txt", b"old")
    first, second = await files.plan_removal(old.path), await files.plan_removal(old.path)
    await files.finish_removal(first)
    new = await kept(files, "a", "a.txt", b"new")
    await files.finish_removal(second)
    assert new.path == old.path
    assert (root / new.path).read_bytes() == b"new"


async def test_on_a_full_disk_files_can_still_be_removed(
    files: LocalFiles, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    stored = await kept(files, "a", "a.txt")
    monkeypatch.setattr(os, "link", full)
    removal = await files.plan_removal(stored.path)
    assert files_below(root) == ["a/a.txt"]
    await files.finish_removal(removal)
    assert files_below(root) == []


async def test_a_disk_that_fails_after_the_commit_is_logged_and_not_raised(
    files: LocalFiles, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept_file, stored = await kept(files, "a", "a.txt"), await files.publish(await received(files), "a", "b.txt")
    removal = await files.plan_removal(kept_file.path)
    take_away(root)
    await files.withdraw(stored)
    await files.finish_removal(removal)
    await files.finish_removal(Removal(paths=("a/a.txt",)))
    assert [record.message for record in caplog.records] == [
        f"storage entry {entry_of(root, 'a/b.txt')} could not be closed",
        f"storage entry {entry_of(root, 'a/a.txt')} could not be closed",
        "file a/a.txt could not be removed",
    ]
