"""Files take turns at the processor, and the threads that work for them give way to everybody else."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from helpdesk_api.storage.incoming import IncomingFile
from helpdesk_api.storage.journal import Journal
from helpdesk_api.storage.threads import Threads
from media_folder import files_below

MIB = 1024 * 1024


@pytest.fixture
async def threads() -> AsyncIterator[Threads]:
    threads = Threads()
    yield threads
    threads.stop()


@pytest.fixture
def journal(root: Path) -> Journal:
    return Journal(root)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread has no niceness of its own")
async def test_a_thread_of_the_storage_has_ten_steps_less_than_the_event_loop(threads: Threads) -> None:
    before = _niceness()
    assert await threads.start(_niceness) == min(before + 10, 19)
    assert _niceness() == before


async def test_what_has_come_in_is_written_in_turn(threads: Threads, journal: Journal, root: Path) -> None:
    waiting, small = IncomingFile(journal, threads), IncomingFile(journal, threads)
    async with threads.turn:
        writing = asyncio.create_task(waiting.write(bytes(MIB)))
        await small.write(b"less than a batch")
        await asyncio.sleep(0.05)
        assert not writing.done()
        assert files_below(root) == []
    await writing
    await waiting.finish()
    assert await waiting.head(2 * MIB) == bytes(MIB)
    await waiting.discard()
    await small.discard()


async def test_finished_files_are_read_and_removed_out_of_turn(threads: Threads, journal: Journal, root: Path) -> None:
    finished = IncomingFile(journal, threads)
    await finished.write(b"finished")
    await finished.finish()
    async with threads.turn:
        assert await finished.head(MIB) == b"finished"
        path = await finished.publish(("a",), "b.txt")
        await finished.withdraw()
    assert path == "a/b.txt"
    assert files_below(root) == []


async def test_a_file_that_gives_up_its_turn_holds_up_nobody(threads: Threads, journal: Journal, root: Path) -> None:
    gone, next_one = IncomingFile(journal, threads), IncomingFile(journal, threads)
    async with threads.turn:
        given_up = asyncio.create_task(gone.write(bytes(MIB)))
        writing = asyncio.create_task(next_one.write(bytes(MIB)))
        await asyncio.sleep(0)
        given_up.cancel()
        with suppress(asyncio.CancelledError):
            await given_up
        await gone.discard()
    await writing
    await next_one.discard()
    assert files_below(root) == []


def _niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
