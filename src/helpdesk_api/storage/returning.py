"""Files that return from an archive to the very paths they had, all of them or none."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from helpdesk_api.storage.errors import reporting_a_full_disk
from helpdesk_api.storage.folders import components
from helpdesk_api.storage.journal import Journal


class ReturningFiles:
    """Published files whose rows are not committed yet, noted in the journal.

    A process that is killed leaves them to the sweep, which removes those without a row. Every method blocks.
    """

    def __init__(self, root: Path) -> None:
        self._journal = Journal(root.absolute())
        self._keys: list[str] = []

    def add(self, path: str, pieces: Iterable[bytes], changed: int | None = None) -> None:
        """Write a file and flush it to the disk; `changed` is when it last was, in nanoseconds since 1970.

        Raises ValueError for what is no path of a published file, FileExistsError where it is taken, OSError.
        """
        parts = components(path)
        if parts is None:
            raise ValueError(f"not a path of a file: {path!r}")
        with reporting_a_full_disk():
            key = self._journal.new_key()
            file = self._journal.create(key)
            self._keys.append(key)
            try:
                for piece in pieces:
                    _write(file, piece)
                if changed is not None:
                    os.utime(file, ns=(changed, changed))
                os.fsync(file)
            finally:
                os.close(file)
            if self._journal.publish(key, parts[:-1], parts[-1]) != path:
                raise FileExistsError(f"there is a file at {path} already")

    def keep(self) -> None:
        """The rows are committed: the files stay."""
        self._end(keep=True)

    def remove(self) -> None:
        """The rows are not to be: the files go."""
        self._end(keep=False)

    def _end(self, *, keep: bool) -> None:
        self._journal.close(self._keys, keep=keep)
        self._keys = []
        self._journal.release()


def _write(file: int, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(file, rest) :]
