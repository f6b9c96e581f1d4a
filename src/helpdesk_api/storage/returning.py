"""Files that return from an archive to the very paths they had, all of them or none."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from helpdesk_api.storage.errors import reporting_a_full_disk
from helpdesk_api.storage.folders import components
from helpdesk_api.storage.journal import Journal

# Flushing a small file takes a disk longer than writing it, and it flushes several at once as fast as one.
_THREADS = 8
_SMALL = 1024 * 1024
_MOST_WAITING = 2 * _THREADS


class ReturningFiles:
    """Published files whose rows are not committed yet, noted in the journal.

    A process that is killed leaves them to the sweep, which removes those without a row. Every method blocks.
    """

    def __init__(self, root: Path) -> None:
        self._journal = Journal(root.absolute())
        self._keys: list[str] = []
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="returning")
        self._waiting: deque[Future[None]] = deque()

    def add(self, path: str, size: int, pieces: Iterable[bytes], changed: int | None = None) -> None:
        """Write a file of `size` bytes; `changed` is when it last was, in nanoseconds since 1970.

        Raises ValueError for what is no path of a published file; and, for this file or an earlier one, FileExistsError
        where a path is taken, StorageFull, OSError.
        """
        parts = components(path)
        if parts is None:
            raise ValueError(f"not a path of a file: {path!r}")
        if size > _SMALL:
            self._write(parts, pieces, changed)
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._threads.submit(self._write, parts, [b"".join(pieces)], changed))

    def flush(self) -> None:
        """Return once every file is on the disk. Raises what `add` does."""
        while self._waiting:
            self._waiting.popleft().result()

    def keep(self) -> None:
        """The rows are committed: the files stay."""
        self._end(keep=True)

    def remove(self) -> None:
        """The rows are not to be: the files go."""
        self._end(keep=False)

    def _end(self, *, keep: bool) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._journal.close(self._keys, keep=keep)
        self._keys = []
        self._journal.release()

    def _write(self, folder_and_name: tuple[str, ...], pieces: Iterable[bytes], changed: int | None) -> None:
        *folder, name = folder_and_name
        with reporting_a_full_disk():
            key = self._journal.new_key()
            file = self._journal.create(key)
            self._keys.append(key)
            try:
                for piece in pieces:
                    _write_all(file, piece)
                if changed is not None:
                    os.utime(file, ns=(changed, changed))
                os.fsync(file)
            finally:
                os.close(file)
            path = "/".join(folder_and_name)
            if self._journal.publish(key, folder, name) != path:
                raise FileExistsError(f"there is a file at {path} already")


def _write_all(file: int, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(file, rest) :]
