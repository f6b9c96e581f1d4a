"""The embedded server's log file, bounded in size."""

from __future__ import annotations

import os
from pathlib import Path

_LIMIT = 1024 * 1024
_ENDING = 4096


class ServerLog:
    """`server.log`, open for the server's programs to write to.

    Past 1 MiB it is put aside as `server.log.1` at the next start; in between, the server is set to write little.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / "server.log"
        if self.path.exists() and self.path.stat().st_size > _LIMIT:
            self.path.replace(home / "server.log.1")
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self.descriptor = os.open(self.path, flags, 0o600)
        self._start = os.fstat(self.descriptor).st_size

    def close(self) -> None:
        """Give the descriptor back; the server has its own."""
        os.close(self.descriptor)

    def ending(self) -> str:
        """The last lines written since this start, introduced for an error message."""
        end = os.fstat(self.descriptor).st_size
        start = max(self._start, end - _ENDING)
        text = os.pread(self.descriptor, end - start, start).decode("utf-8", "replace").strip()
        return f"The end of its log, {self.path}:\n{text}" if text else f"It wrote nothing to {self.path}."
