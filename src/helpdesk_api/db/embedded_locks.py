"""Two locks on a data folder: one says that a service uses it, the other that a server still lives in it."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from helpdesk_api.db.embedded_cluster import running_postmaster
from helpdesk_api.db.embedded_errors import DataFolderInUse, EmbeddedPostgresFailed

_PATIENCE = 30.0


@contextmanager
def service_lock(home: Path) -> Iterator[None]:
    """Hold the data folder for this service. Raises `DataFolderInUse` at once when another one holds it."""
    descriptor = _open(home / "service.lock")
    try:
        if not _take(descriptor):
            raise DataFolderInUse(f"Another helpdesk service is running on the data folder {home.parent}.")
        yield
    finally:
        os.close(descriptor)


@contextmanager
def server_lock(home: Path, data: Path) -> Iterator[int]:
    """The descriptor of a lock to hand to the server, once no earlier server holds it.

    All of a server's processes inherit the lock and the service does not keep it, so it is free exactly when the last
    of them has gone, whatever killed them: no process ids are guessed. Only the holder of the service lock may ask; a
    server that is alive then has lost its service. It is told to stop, in case nobody told it yet, and gets 30 seconds.
    """
    descriptor = _open(home / "server.lock")
    try:
        deadline = time.monotonic() + _PATIENCE
        while not _take(descriptor):
            leftover = running_postmaster(data)
            if time.monotonic() > deadline:
                raise EmbeddedPostgresFailed(
                    f"An earlier PostgreSQL (process {leftover or 'unknown'}) still runs in {data} "
                    f"and did not stop within {_PATIENCE:.0f} seconds."
                )
            if leftover is not None:
                with suppress(ProcessLookupError):
                    os.kill(leftover, signal.SIGINT)
            time.sleep(0.05)
        yield descriptor
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
