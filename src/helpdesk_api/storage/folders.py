"""Folders below the media root, entered one component at a time so that no symbolic link inside it is ever followed."""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_MODE = 0o750
# A folder that is a symbolic link is ENOTDIR on Linux and ELOOP elsewhere.
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})


def components(path: str) -> tuple[str, ...] | None:
    """The components of a relative POSIX path, or None where it could lead outside the root or to a hidden file.

    Only the one plain spelling of a path is taken: nothing empty, nothing that starts with a dot, no NUL or surrogate.
    """
    parts = tuple(path.split("/"))
    if "\0" in path or any(not part or part.startswith(".") for part in parts):
        return None
    try:
        path.encode()
    except UnicodeEncodeError:
        return None
    return parts


@contextmanager
def open_folder(root: Path, parts: Sequence[str] = (), *, create: bool = False) -> Iterator[int]:
    """Give the descriptor of a folder below `root`, which itself may be a symbolic link.

    Raises FileNotFoundError where there is none (unless `create`), another OSError for a file or a symbolic link.
    """
    if create:
        root.mkdir(_MODE, parents=True, exist_ok=True)
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts:
            inner = _enter(folder, part, create=create)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def regular_file(root: Path, parts: Sequence[str]) -> os.stat_result | None:
    """The status of a regular file below `root`; None where there is something else, or nothing."""
    try:
        with open_folder(root, parts[:-1]) as folder:
            found = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno in _NOT_THERE:
            return None
        raise
    return found if stat.S_ISREG(found.st_mode) else None


def open_regular_file(root: Path, parts: Sequence[str]) -> int | None:
    """The descriptor of a regular file below `root`, for reading; None where there is something else, or nothing."""
    # Without O_NONBLOCK the opening of a named pipe would wait for somebody to write to it.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        with open_folder(root, parts[:-1]) as folder:
            file = os.open(parts[-1], flags, dir_fd=folder)
    except OSError as error:
        if error.errno in _NOT_THERE:
            return None
        raise
    if stat.S_ISREG(os.fstat(file).st_mode):
        return file
    os.close(file)
    return None


def _enter(parent: int, name: str, *, create: bool) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    try:
        return os.open(name, flags, dir_fd=parent)
    except FileNotFoundError:
        if not create:
            raise
    with suppress(FileExistsError):
        os.mkdir(name, _MODE, dir_fd=parent)
        os.fsync(parent)
    return os.open(name, flags, dir_fd=parent)
