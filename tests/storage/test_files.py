"""Files on the local disk: received, published without overwriting, and found again."""

import asyncio
import hashlib
import os
import re
import stat
from pathlib import Path

import pytest

from helpdesk_api.storage.files import LocalFiles, StoredFile
from media_folder import files_below, kept, received

MIB = 1024 * 1024


@pytest.fixture
def file_as_root(root: Path) -> None:
    root.write_bytes(b"a file where the folder should be")


@pytest.fixture
def links_to_outside(root: Path, tmp_path: Path) -> Path:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    root.mkdir()
    (root / "upload").symlink_to(outside)
    (root / "link.txt").symlink_to(outside / "secret.txt")
    return outside


async def test_a_published_file_has_the_bytes_the_size_and_the_digest_of_what_came_in(
    files: LocalFiles, root: Path
) -> None:
    chunks = [os.urandom(size) for size in (1, 70_000, 0, MIB, 3 * MIB + 1, 5)]
    incoming = files.receive()
    for chunk in chunks:
        await incoming.write(memoryview(chunk))
    await incoming.finish()
    stored = await files.publish(incoming, "upload/alice", "image1.png")
    await files.settle(stored)
    content = b"".join(chunks)
    assert stored == StoredFile("upload/alice/image1.png", len(content), hashlib.sha256(content).digest())
    assert (root / stored.path).read_bytes() == content
    assert files_below(root) == ["upload/alice/image1.png"]


async def test_thousands_of_tiny_chunks_are_one_file(files: LocalFiles, root: Path) -> None:
    incoming = files.receive()
    for number in range(3000):
        await incoming.write(b"%d," % number)
    await incoming.finish()
    stored = await files.publish(incoming, "a", "numbers.txt")
    await files.settle(stored)
    assert (root / stored.path).read_bytes() == b"".join(b"%d," % number for number in range(3000))


async def test_an_empty_file_can_be_kept(files: LocalFiles, root: Path) -> None:
    stored = await kept(files, "upload/alice", "empty.txt", b"")
    assert stored == StoredFile("upload/alice/empty.txt", 0, hashlib.sha256().digest())
    assert (root / stored.path).read_bytes() == b""


async def test_nothing_is_on_the_disk_before_there_is_something_to_write(files: LocalFiles, root: Path) -> None:
    incoming = files.receive()
    await incoming.write(b"a few bytes")
    assert files_below(root) == []
    await incoming.discard()
    assert files_below(root) == []


async def test_files_and_folders_are_not_for_everyone_on_the_machine(files: LocalFiles, root: Path) -> None:
    stored = await kept(files, "upload/alice", "a.txt")
    assert stat.S_IMODE((root / stored.path).stat().st_mode) & 0o027 == 0
    assert stat.S_IMODE((root / "upload/alice").stat().st_mode) & 0o027 == 0


async def test_a_taken_name_gets_seven_random_letters_before_the_extension(files: LocalFiles, root: Path) -> None:
    first = await kept(files, "upload/alice", "image1.png", b"first")
    second = await kept(files, "upload/alice", "image1.png", b"second")
    assert first.path == "upload/alice/image1.png"
    assert re.fullmatch(r"upload/alice/image1_[A-Za-z0-9]{7}\.png", second.path)
    assert (root / first.path).read_bytes() == b"first"
    assert (root / second.path).read_bytes() == b"second"


async def test_thirty_files_of_one_name_at_once_all_find_a_place(files: LocalFiles, root: Path) -> None:
    contents = {b"%d" % number for number in range(30)}
    stored = await asyncio.gather(*(kept(files, "upload/alice", "image1.png", content) for content in contents))
    assert {(root / file.path).read_bytes() for file in stored} == contents
    assert files_below(root) == sorted(file.path for file in stored)


async def test_the_name_is_made_safe_whoever_publishes(files: LocalFiles) -> None:
    assert (await kept(files, "upload/alice", "../../x y.txt")).path == "upload/alice/x_y.txt"


@pytest.mark.parametrize(
    "folder", ["", "/etc", "../other", "a//b", "a/./b", ".incoming", "a/.hidden", "a\0b", "a\ud800"]
)
async def test_a_folder_outside_or_hidden_is_refused_and_nothing_is_left(
    files: LocalFiles, root: Path, folder: str
) -> None:
    incoming = await received(files)
    with pytest.raises(ValueError, match="not a folder below the media root"):
        await files.publish(incoming, folder, "a.txt")
    await incoming.discard()
    assert files_below(root) == []


async def test_a_symbolic_link_inside_the_folder_is_not_followed(
    files: LocalFiles, root: Path, links_to_outside: Path
) -> None:
    with pytest.raises(NotADirectoryError):
        await files.publish(await received(files), "upload", "a.txt")
    removal = await files.plan_removal("upload/secret.txt", "link.txt")
    await files.finish_removal(removal)
    assert files.locate("upload/secret.txt") is None
    assert files.locate("link.txt") is None
    assert files_below(links_to_outside) == ["secret.txt"]
    assert files_below(root) == ["link.txt", "upload"]


async def test_the_folder_itself_may_be_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "media").symlink_to(tmp_path / "disk")
    files = LocalFiles(tmp_path / "media")
    stored = await kept(files, "upload/alice", "a.txt")
    assert files.locate(stored.path) == tmp_path / "media/upload/alice/a.txt"
    assert (tmp_path / "disk/upload/alice/a.txt").read_bytes() == b"content"
    await files.close()


async def test_a_published_file_is_located_and_nothing_else_is(files: LocalFiles, root: Path) -> None:
    stored = await kept(files, "upload/alice", "a.txt")
    waiting = await received(files)
    hidden = next(path for path in files_below(root) if path.startswith(".incoming"))
    assert files.locate(stored.path) == root / "upload/alice/a.txt"
    for path in [
        "",
        ".",
        "upload",
        "upload/alice",
        "upload/alice/",
        "upload/alice/b.txt",
        "upload/alice/a.txt/",
        "upload/alice/a.txt/b",
        "upload//alice/a.txt",
        "upload/./alice/a.txt",
        "upload/../upload/alice/a.txt",
        "/upload/alice/a.txt",
        str(root / "upload/alice/a.txt"),
        "upload/alice/a.txt\0",
        "upload/alice/\udcff.txt",
        "x" * 300,
        hidden,
    ]:
        assert files.locate(path) is None, path
    await waiting.discard()


async def test_a_check_of_the_folder_leaves_nothing_in_it(files: LocalFiles, root: Path) -> None:
    await files.check_writable()
    assert files_below(root) == []
