"""Where the embedded server's socket is reached, and the database URL for it."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from helpdesk_api.db.embedded_cluster import SOCKET
from helpdesk_api.db.embedded_errors import EmbeddedPostgresFailed

# What a socket's address holds: 108 bytes on Linux, 104 on macOS, one of them for the final NUL.
_LONGEST_ADDRESS = 103
_NOTE = "socket-folder"
_LINK = "s"
_ADVICE = "set TMPDIR to a shorter one, of plain characters"


@contextmanager
def reachable_socket_folder(home: Path, data: Path) -> Iterator[Path]:
    """A folder name under which the socket in `data` can be connected to.

    That is `data` itself, or for a long path a symbolic link to it in a private temporary folder, removed afterwards
    (at the next start, if the service is killed).
    """
    _remove_left_over(home, data)
    if _is_usable(data):
        yield data
        return
    folder = Path(tempfile.mkdtemp(prefix="helpdesk-"))
    if not _is_usable(folder / _LINK):
        folder.rmdir()
        raise EmbeddedPostgresFailed(f"The path of the temporary folder {folder} is too long for a socket: {_ADVICE}.")
    (home / _NOTE).write_bytes(os.fsencode(folder))
    (folder / _LINK).symlink_to(data)
    # Those who tidy temporary folders by age leave a locked one alone (tmpfiles.d(5)).
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    try:
        yield folder / _LINK
    finally:
        os.close(descriptor)
        _remove_left_over(home, data)


def socket_folder_in_use(home: Path, data: Path) -> Path:
    """The folder name that the service which runs on `home` has for its server's socket."""
    try:
        return Path(os.fsdecode((home / _NOTE).read_bytes())) / _LINK
    except FileNotFoundError:
        return data


def database_url(socket_folder: Path, database: str) -> str:
    """SQLAlchemy's URL for asyncpg. The port is part of the socket's name; named here, PGPORT has no say in it."""
    return f"postgresql+asyncpg://postgres@/{database}?host={quote(str(socket_folder))}&port=5432"


def _is_usable(folder: Path) -> bool:
    name = str(folder / SOCKET)
    # SQLAlchemy reads a comma as the end of a host name, and a URL cannot hold a name that is not text.
    return len(name) <= _LONGEST_ADDRESS and name.isascii() and "," not in name


def _remove_left_over(home: Path, data: Path) -> None:
    note = home / _NOTE
    with suppress(OSError):
        folder = Path(os.fsdecode(note.read_bytes()))
        # The temporary folder may have gone and its name may be another's: remove only what is surely ours.
        if (folder / _LINK).readlink() == data:
            (folder / _LINK).unlink()
            folder.rmdir()
    note.unlink(missing_ok=True)
