"""Files shown to ClamAV: what each answer of the daemon means, and that nothing it has not passed can be kept."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clamd import (
    REPORTED_NAME,
    STREAM_LIMIT,
    VIRUS,
    Answer,
    find_clamd,
    read_stream,
    running_clamd,
    saying,
    standing_in,
)
from helpdesk_api.storage.clamav import ClamAV
from helpdesk_api.storage.errors import FileRefused, ScannerUnavailable, TooLargeToScan
from helpdesk_api.storage.files import LocalFiles
from media_folder import files_below, received

MIB = 1024 * 1024


@pytest.fixture(scope="module")
async def clamd(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The socket of a real daemon."""
    program = find_clamd()
    if program is None:
        pytest.skip("no clamd is installed (Debian: clamav-daemon)")
    async with running_clamd(program, tmp_path_factory.mktemp("clamd")) as socket:
        yield socket


async def send(root: Path, address: str, content: bytes) -> int:
    """Receive a file into a storage that has each one scanned, and throw it away; its size."""
    files = LocalFiles(root, [ClamAV(address)])
    try:
        incoming = await received(files, content)
        await incoming.discard()
        return incoming.size
    finally:
        await files.close()


async def test_the_real_daemon_passes_what_is_harmless_and_finds_what_is_not(root: Path, clamd: str) -> None:
    assert await send(root, clamd, os.urandom(STREAM_LIMIT - 1)) == STREAM_LIMIT - 1
    with pytest.raises(FileRefused) as raised:
        await send(root, clamd, VIRUS)
    assert str(raised.value) == f"A virus was found in this file: {REPORTED_NAME}."
    assert files_below(root) == []


@pytest.mark.parametrize("size", [STREAM_LIMIT + 1, 30 * MIB])
async def test_the_real_daemon_takes_no_file_past_its_limit(root: Path, clamd: str, size: int) -> None:
    with pytest.raises(TooLargeToScan, match=r"^The file is larger than the virus scanner takes\.$"):
        await send(root, clamd, bytes(size))
    assert files_below(root) == []


async def test_many_files_at_once_each_have_their_own_verdict(root: Path, clamd: str) -> None:
    contents = [VIRUS if number % 3 == 0 else os.urandom(100_000) for number in range(20)]
    results = await asyncio.gather(*(send(root, clamd, content) for content in contents), return_exceptions=True)
    assert [isinstance(result, FileRefused) for result in results] == [content == VIRUS for content in contents]
    assert [result for result in results if isinstance(result, int)] == [100_000] * 13


async def test_the_daemon_can_be_looked_for(clamd: str) -> None:
    await ClamAV(clamd).check()
    with pytest.raises(ScannerUnavailable, match="No such file or directory"):
        await ClamAV(f"{clamd}.gone").check()


@pytest.mark.parametrize("size", [1, MIB - 1, MIB, MIB + 1, 5 * MIB + 3])
async def test_the_daemon_sees_the_very_bytes_that_will_be_kept(root: Path, size: int) -> None:
    content, seen = os.urandom(size), []

    async def look(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_stream(reader))
        writer.write(b"stream: OK\0")
        writer.close()

    async with standing_in(look) as address:
        await send(root, address, content)
    assert seen == [content]


async def refuse_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says that this is enough while the file still comes, and hangs up with bytes unread, as clamd does."""
    await reader.readexactly(100_000)
    writer.write(b"INSTREAM size limit exceeded. ERROR\0")
    await writer.drain()
    writer.transport.abort()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(10)
    writer.transport.abort()


async def end_without_a_word(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_stream(reader)
    writer.close()


async def test_a_daemon_that_takes_no_more_is_understood_in_the_middle_of_a_file(root: Path) -> None:
    for _ in range(20):
        async with standing_in(refuse_early) as address:
            with pytest.raises((TooLargeToScan, ScannerUnavailable)) as raised:
                await send(root, address, bytes(8 * MIB))
        assert raised.type is TooLargeToScan
    assert files_below(root) == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (saying(b"stream: Can't allocate memory ERROR\0"), "ClamAV says: stream: Can't allocate memory ERROR"),
        (saying(b"UNKNOWN COMMAND\0"), "ClamAV says: UNKNOWN COMMAND"),
        (saying(b"\0"), "ClamAV says: "),
        (saying(b"stream: OK"), "ClamAV cannot be asked: "),
        (saying(b"x" * 200_000), "ClamAV cannot be asked: "),
        (hang_up, "ClamAV cannot be asked: "),
        (end_without_a_word, "ClamAV cannot be asked: "),
    ],
)
async def test_without_a_clear_verdict_nothing_is_kept(root: Path, answer: Answer, reason: str) -> None:
    async with standing_in(answer) as address:
        with pytest.raises(ScannerUnavailable) as raised:
            await send(root, address, b"content")
    assert str(raised.value).startswith(reason)
    assert files_below(root) == []


async def test_a_daemon_that_is_away_is_no_verdict(root: Path) -> None:
    for address in ("127.0.0.1:9", "/nowhere/clamd.sock", "a..b:3310"):
        with pytest.raises(ScannerUnavailable, match=r"^ClamAV cannot be asked: "):
            await send(root, address, b"content")
    assert files_below(root) == []


@pytest.mark.parametrize("silent_part", ["_SEND_SECONDS", "_VERDICT_SECONDS"])
async def test_a_daemon_that_falls_silent_is_not_waited_for_for_ever(
    root: Path, monkeypatch: pytest.MonkeyPatch, silent_part: str
) -> None:
    monkeypatch.setattr(f"helpdesk_api.storage.clamav.{silent_part}", 0.2)
    over = asyncio.Event()

    async def fall_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if silent_part == "_VERDICT_SECONDS":
            await read_stream(reader)
        await over.wait()
        writer.transport.abort()

    async with standing_in(fall_silent) as address:
        with pytest.raises(ScannerUnavailable, match=r"^ClamAV did not answer in time$"):
            await send(root, address, bytes(30 * MIB))
        over.set()
    assert files_below(root) == []


async def test_an_upload_that_is_given_up_while_it_is_scanned_leaves_nothing(root: Path) -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def take_long(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.set()
        await over.wait()
        writer.transport.abort()

    async with standing_in(take_long) as address:
        scanning = LocalFiles(root, [ClamAV(address)])
        upload = asyncio.create_task(received(scanning, b"content"))
        await begun.wait()
        upload.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upload
        over.set()
        await scanning.close()
    assert files_below(root) == []


async def test_a_refused_file_cannot_be_published(root: Path) -> None:
    async with standing_in(saying(b"stream: Worm FOUND\0")) as address:
        files = LocalFiles(root, [ClamAV(address)])
        incoming = files.receive("a.txt")
        await incoming.write(b"content")
        with pytest.raises(FileRefused):
            await incoming.finish()
        with pytest.raises(ValueError, match="only a finished file that was not discarded can be published"):
            await files.publish(incoming, "a", "a.txt")
        await files.close()
    assert files_below(root) == []


async def test_an_empty_file_is_not_shown_to_the_daemon(root: Path) -> None:
    assert await send(root, "127.0.0.1:9", b"") == 0


@pytest.mark.parametrize(
    "address", ["", "localhost", "localhost:", ":3310", "clamd.sock", "a b:1", "[::1]", "h:0", "h:65536"]
)
def test_an_address_is_a_host_with_a_port_or_an_absolute_path(address: str) -> None:
    with pytest.raises(ValueError, match=r"must be host:port or the absolute path of a socket|has no port between"):
        ClamAV(address)


async def test_a_daemon_is_found_at_an_ipv6_address(root: Path) -> None:
    server = await asyncio.start_server(saying(b"stream: OK\0"), "::1", 0)
    async with server:
        assert await send(root, f"[::1]:{server.sockets[0].getsockname()[1]}", b"content") == 7
