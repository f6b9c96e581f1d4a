"""One file on its way in: collected, hashed and written a mebibyte at a time, in a thread."""

import asyncio
import hashlib
import os
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from helpdesk_api.storage.errors import reporting_a_full_disk
from helpdesk_api.storage.journal import Journal
from helpdesk_api.storage.threads import Threads, nothing_to_do

_BATCH = 1024 * 1024
# Tiny chunks are written sooner, since each costs more memory than it holds; below IOV_MAX (1024).
_MOST_PIECES = 512
# To hash and write less takes no longer than to change threads.
_WORTH_A_TURN = 64 * 1024


class IncomingFile:
    """A temporary file that exists from its first written batch on, and until it is kept or discarded.

    `name` and `media_type` are what its sender says of it, `inspections` look at it before it can be kept. One task at
    a time writes. Every method that touches the disk may raise OSError (StorageFull where there is no room), and then
    the temporary file is gone already.
    """

    def __init__(
        self,
        journal: Journal,
        threads: Threads,
        name: str = "",
        media_type: str = "",
        inspections: Sequence["Inspection"] = (),
    ) -> None:
        self.name = name
        self.media_type = media_type
        self._inspections = inspections
        self._journal = journal
        self._threads = threads
        self._pieces: list[memoryview] = []
        self._waiting = 0
        # The rest belongs to whichever job holds the lock; there may be two when a discard meets a write.
        self._lock = threading.Lock()
        self._hash = hashlib.sha256()
        self._key: str | None = None
        self._file = -1
        self._written = 0
        self._closed = False
        self._published = False
        self.size = 0

    @property
    def sha256(self) -> bytes:
        """The digest of everything written; complete once `finish` has returned."""
        return self._hash.digest()

    async def write(self, chunk: bytes | memoryview) -> None:
        """Take the next bytes. They are not copied: do not change them afterwards."""
        self._pieces.append(memoryview(chunk))
        self._waiting += len(chunk)
        self.size += len(chunk)
        if self._waiting >= _BATCH or len(self._pieces) >= _MOST_PIECES:
            await self._hash_and_store()

    async def finish(self) -> None:
        """Write what is still waiting, flush the file to the disk itself, and have it inspected.

        Raises what an inspection raises (FileRefused, ScannerUnavailable), and then the file is gone.
        """
        if self._waiting >= _WORTH_A_TURN:
            await self._hash_and_store()
        # In nobody's turn: files flushed at once need fewer writes than one after the other.
        await self._threads.start(self._finish, self._taken_pieces())
        try:
            for inspect in self._inspections if self.size else ():
                await inspect(self)
        except BaseException:
            await self.discard()
            raise

    async def head(self, size: int) -> bytes:
        """How the finished file begins."""
        return await self._threads.start(self._read, 0, size)

    async def chunks(self, size: int) -> AsyncGenerator[bytes]:
        """The finished file, so many bytes at a time."""
        offset = 0
        while chunk := await self._threads.start(self._read, offset, size):
            offset += len(chunk)
            yield chunk

    async def publish(self, folder: Sequence[str], name: str) -> str:
        """Give the finished file a path below the media root, and return it. From then on it is not for discarding."""
        path = await self._threads.start(self._publish, folder, name)
        self._published = True
        return path

    def settle(self) -> Awaitable[None]:
        """Let the published file stay. Starts at once; awaiting only waits."""
        return self._threads.start(self._end, keep=True)

    def withdraw(self) -> Awaitable[None]:
        """Remove the file under every name, unless it is settled. Starts at once; awaiting only waits."""
        self._taken_pieces()
        return self._threads.start(self._end, keep=False)

    def discard(self) -> Awaitable[None]:
        """Remove the file, unless it is published: then it is up to whoever published it.

        Starts at once; awaiting only waits. Safe to call twice, and from a task that is being cancelled.
        """
        return nothing_to_do() if self._published else self.withdraw()

    async def _hash_and_store(self) -> None:
        async with self._threads.turn:
            pieces = self._taken_pieces()
            # Hashing takes about as long as writing, and both leave the interpreter free: side by side they take half.
            await asyncio.gather(self._threads.start(self._digest, pieces), self._threads.start(self._store, pieces))

    def _digest(self, pieces: list[memoryview]) -> None:
        for piece in pieces:
            self._hash.update(piece)

    def _taken_pieces(self) -> list[memoryview]:
        pieces, self._pieces, self._waiting = self._pieces, [], 0
        return pieces

    def _store(self, pieces: list[memoryview]) -> None:
        with self._working():
            if not self._closed:
                self._append(pieces)

    def _finish(self, pieces: list[memoryview]) -> None:
        self._digest(pieces)
        with self._working():
            if not self._closed:
                self._append(pieces)
                os.fsync(self._file)
                self._close_file()

    def _read(self, offset: int, size: int) -> bytes:
        with self._lock:
            if self._closed or self._key is None:
                raise ValueError("only a finished file that was not discarded can be read")
            # Opened for each piece: no descriptor outlives a task that is cancelled, nor is closed under a reader.
            file = self._journal.open(self._key)
            try:
                return os.pread(file, size, offset)
            finally:
                os.close(file)

    def _publish(self, folder: Sequence[str], name: str) -> str:
        with self._working():
            if self._closed or self._key is None or self._file >= 0:
                raise ValueError("only a finished file that was not discarded can be published")
            return self._journal.publish(self._key, folder, name)

    def _end(self, *, keep: bool) -> None:
        with self._lock:
            self._drop(keep=keep)

    @contextmanager
    def _working(self) -> Iterator[None]:
        with self._lock, reporting_a_full_disk():
            try:
                yield
            except OSError:
                self._drop(keep=False)
                raise

    def _append(self, pieces: list[memoryview]) -> None:
        if self._key is None:
            self._key = self._journal.new_key()
            self._file = self._journal.create(self._key)
        while pieces:
            written = os.writev(self._file, pieces)
            _start_writing_back(self._file, self._written, written)
            self._written += written
            pieces = _after(pieces, written)

    def _drop(self, *, keep: bool) -> None:
        if self._closed:
            return
        self._closed = True
        self._close_file()
        if self._key is not None:
            self._journal.close((self._key,), keep=keep)

    def _close_file(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


Inspection = Callable[[IncomingFile], Awaitable[None]]
"""Looks at a finished file that is not empty. Raises FileRefused to keep it out, ScannerUnavailable if it cannot."""


def _after(pieces: list[memoryview], written: int) -> list[memoryview]:
    """What is left of the pieces once that many bytes are written."""
    for done, piece in enumerate(pieces):
        if written < len(piece):
            return [piece[written:], *pieces[done + 1 :]]
        written -= len(piece)
    return []


def _start_writing_back(file: int, offset: int, length: int) -> None:
    if sys.platform == "linux":
        # Despite its name this starts the disk on pages that are still dirty and drops none of them: the flush at the
        # end finds little left to do.
        with suppress(OSError):
            os.posix_fadvise(file, offset, length, os.POSIX_FADV_DONTNEED)
