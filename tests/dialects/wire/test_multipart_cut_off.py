"""Uploads that end before their time leave nothing behind, and large ones need no more memory than small ones."""

import asyncio
import os
import resource
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request

from helpdesk_api.dialects.wire.multipart import MultipartLimits, read_multipart
from helpdesk_api.storage.files import LocalFiles
from media_folder import files_below
from multipart_forms import CONTENT_TYPE, LIMITS, MIB, body, file, read


def request_that_ends(chunks: list[bytes]) -> Request:
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    arriving = iter([*messages, {"type": "http.disconnect"}])

    async def receive() -> dict[str, Any]:
        return next(arriving)

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


async def test_a_client_that_goes_away_leaves_no_file(files: LocalFiles, root: Path) -> None:
    raw = body(file("first", "a.bin", bytes(2 * MIB)), file("second", "b.bin", bytes(3 * MIB)))
    request = request_that_ends([raw[: 4 * MIB]])
    with pytest.raises(ClientDisconnect):
        await read_multipart(CONTENT_TYPE, request.stream(), files, LIMITS)
    assert files_below(root) == []


@pytest.mark.parametrize("cancellations", [1, 2, 5])
async def test_a_cancelled_upload_leaves_no_file_however_often_it_is_cancelled(root: Path, cancellations: int) -> None:
    stalled = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        yield body(file("first", "a.bin", bytes(2 * MIB)), file("second", "b.bin", bytes(3 * MIB)))[: 4 * MIB]
        stalled.set()
        await asyncio.sleep(60)

    files = LocalFiles(root)
    reading = asyncio.create_task(read_multipart(CONTENT_TYPE, stalling(), files, LIMITS))
    await stalled.wait()
    for _ in range(cancellations):
        reading.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await reading
    await files.close()
    assert files_below(root) == []


async def test_an_upload_cancelled_in_the_midst_of_a_write_leaves_no_file(root: Path) -> None:
    files = LocalFiles(root)
    reading = asyncio.create_task(read(files, file("file", "a.bin", bytes(4 * MIB))))
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await files.close()
    assert files_below(root) == []


async def test_memory_stays_flat_whatever_the_size(files: LocalFiles) -> None:
    size = 128 * MIB

    async def large() -> AsyncIterator[bytes]:
        yield body(file("file", "a.bin", b"")).removesuffix(b"\r\n--bound--\r\n")
        for _ in range(size // (64 * 1024)):
            yield os.urandom(64 * 1024)
        yield b"\r\n--bound--\r\n"

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    form = await read_multipart(CONTENT_TYPE, large(), files, MultipartLimits(max_file_size=size))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    await form.discard()
    assert form.files[0].size == size
    assert grown < 32 * 1024
