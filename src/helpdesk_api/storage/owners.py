"""Whose a temporary name is: every process that stores files holds a lock for as long as it lives."""

import fcntl
import os
import re
import secrets
import threading
from contextlib import suppress
from pathlib import Path, PurePosixPath

from helpdesk_api.storage.folders import open_folder

INCOMING = (".incoming",)
"""The folder, below the media root, of temporary names, notes and locks."""

_NAME = re.compile(r"(?P<owner>[0-9a-f]{16})(?:-[0-9a-f]{16}\.(?:part|path)|\.lock)")


class Owner:
    """One storage of one process. Its name is taken, and locked, when it is first asked for.

    The lock is on an open file (flock), so the system gives it up however the process ends, and it is seen from
    other containers that share the folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._taking = threading.Lock()
        self._name: str | None = None
        self._lock = -1

    def name(self) -> str:
        """Blocks on the disk the first time."""
        with self._taking:
            while self._name is None:
                with open_folder(self._root, INCOMING, create=True) as folder:
                    self._name = self._take(folder, secrets.token_hex(8))
            return self._name

    def release(self) -> None:
        """Give the name up: from here on a sweep may clear away what is left under it."""
        with self._taking:
            if self._name is None:
                return
            # A lock file that has to stay is removed by the next sweep.
            with suppress(OSError), open_folder(self._root, INCOMING) as folder:
                if not keys_of(folder, self._name):
                    disown(folder, self._name)
            self._name = None
            os.close(self._lock)

    def _take(self, folder: int, name: str) -> str | None:
        lock = claim(folder, name)
        if lock is None or os.fstat(lock).st_nlink == 0:
            # A sweep came between the making of the lock file and the lock: another name then.
            if lock is not None:
                os.close(lock)
            return None
        self._lock = lock
        return name


def claim(folder: int, owner: str) -> int | None:
    """Take an owner's lock and give its descriptor; None while its process is alive (or another sweep has it)."""
    lock = os.open(f"{owner}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o640, dir_fd=folder)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        if isinstance(error, BlockingIOError):
            return None
        raise
    return lock


def disown(folder: int, owner: str) -> None:
    """Remove the lock file of an owner that has nothing left, while holding its lock."""
    with suppress(FileNotFoundError):
        os.unlink(f"{owner}.lock", dir_fd=folder)


def owners_in(folder: int) -> set[str]:
    """Every owner with a name or a lock in the folder."""
    return {match["owner"] for match in map(_NAME.fullmatch, os.listdir(folder)) if match}


def keys_of(folder: int, owner: str) -> list[str]:
    """The keys of every entry an owner has left."""
    entries = (PurePosixPath(name) for name in os.listdir(folder) if name.startswith(f"{owner}-"))
    return sorted({entry.stem for entry in entries if _NAME.fullmatch(entry.name)})
