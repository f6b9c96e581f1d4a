"""Files that do not stay: withdrawn, discarded, cut off by a cancellation or a full disk."""

import asyncio
import errno
import resource
from contextlib import suppress
from pathlib import Path

import pytest

from helpdesk_api.storage.errors import StorageFull
from helpdesk_api.storage.files import LocalFiles
from media_folder import files_below, kept, received

MIB = 1024 * 1024


@pytest.fixture
def file_as_root(root: Path) -> None:
    root.write_bytes(b"a file where the folder should be")


async def test_a_withdrawn_file_is_gone_and_so_is_everything_about_it(files: LocalFiles, root: Path) -> None:
    other = await kept(files, "upload/alice", "image1.png")
    stored = await files.publish(await received(files), "upload/alice", "image1.png")
    await files.withdraw(stored)
    assert files_below(root) == [other.path]


async def test_a_settled_file_cannot_be_withdrawn_any_more(files: LocalFiles, root: Path) -> None:
    stored = await kept(files, "upload/alice", "a.txt")
    await files.withdraw(stored)
    await files.settle(stored)
    assert files_below(root) == ["upload/alice/a.txt"]


async def test_a_discarded_file_is_gone_in_every_state(files: LocalFiles, root: Path) -> None:
    untouched, begun, finished = files.receive(), files.receive(), await received(files)
    await begun.write(bytes(2 * MIB))
    for incoming in (untouched, begun, finished):
        await incoming.discard()
        await incoming.discard()
    assert files_below(root) == []


async def test_a_published_file_is_no_longer_for_discarding(files: LocalFiles, root: Path) -> None:
    incoming = await received(files)
    stored = await files.publish(incoming, "a", "b.txt")
    await incoming.discard()
    await files.settle(stored)
    assert files_below(root) == ["a/b.txt"]


async def test_a_discarded_or_unfinished_file_cannot_be_published(files: LocalFiles, root: Path) -> None:
    discarded, unfinished = await received(files), files.receive()
    await discarded.discard()
    await unfinished.write(bytes(2 * MIB))
    for incoming in (discarded, unfinished):
        with pytest.raises(ValueError, match="only a finished file"):
            await files.publish(incoming, "a", "b.txt")
    await files.close()
    assert files_below(root) == []


async def test_a_publication_that_is_cancelled_leaves_nothing(root: Path) -> None:
    for turns in range(1, 9):
        files = LocalFiles(root)
        publishing = asyncio.create_task(files.publish(await received(files), "a", "b.txt"))
        for _ in range(turns):
            await asyncio.sleep(0)
        publishing.cancel()
        with suppress(asyncio.CancelledError):
            # The cancellation came too late.
            await files.withdraw(await publishing)
        await files.close()
        assert files_below(root) == []


async def test_a_write_that_is_cancelled_and_discarded_without_waiting_leaves_nothing(root: Path) -> None:
    files = LocalFiles(root)
    incoming = files.receive()
    writing = asyncio.create_task(incoming.write(bytes(8 * MIB)))
    await asyncio.sleep(0)
    writing.cancel()
    incoming.discard()
    await files.close()
    assert files_below(root) == []


async def test_a_disk_without_room_is_reported_as_such_and_the_part_is_removed(files: LocalFiles, root: Path) -> None:
    incoming = files.receive()
    await incoming.write(bytes(MIB))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB + MIB // 2, hard))
    try:
        with pytest.raises(StorageFull) as raised:
            await incoming.write(bytes(2 * MIB))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert raised.value.errno == errno.EFBIG
    assert files_below(root) == []


async def test_other_errors_of_the_disk_stay_what_they_are(files: LocalFiles, file_as_root: None) -> None:
    with pytest.raises(FileExistsError):
        await received(files)
    with pytest.raises(FileExistsError):
        await files.check_writable()
