"""Temporary names and notes, from which a file whose fate was open when its process died can be told.

An entry is a pair of names in one folder: `<key>.part`, a hard link to the file's content, and `<key>.path`, a note of
where it is (or was to be) published. While the entry exists, the note's path *is* that file only if both names share an
inode, so nothing else that took the path meanwhile can be removed by mistake. An upload and a removal look the same:
undoing the entry removes the file, keeping it leaves the file, and the database says which of the two is right.
"""

import errno
import logging
import os
import secrets
import string
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from helpdesk_api.storage.errors import NO_ROOM
from helpdesk_api.storage.folders import components, open_folder, regular_file
from helpdesk_api.storage.owners import INCOMING, Owner

_log = logging.getLogger(__name__)
_FILE_MODE = 0o640
_SUFFIX_LETTERS = string.ascii_letters + string.digits


# Why a file may not be linked although it may be removed: no room for the link, too many, or another user's file.
_UNLINKABLE = NO_ROOM | {errno.EMLINK, errno.EPERM}


@dataclass(frozen=True)
class Removal:
    """Files that go once the deletion of their rows is committed: entries, and paths no entry could be made for."""

    keys: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


class Journal:
    """The entries of one media folder. Every method blocks on the disk."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._owner = Owner(root)

    def new_key(self) -> str:
        """The key of a further entry of this process."""
        return f"{self._owner.name()}-{secrets.token_hex(8)}"

    def create(self, key: str) -> int:
        """Begin an entry with a new empty file, and give its descriptor."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with self._incoming() as incoming:
            return os.open(_part(key), flags, _FILE_MODE, dir_fd=incoming)

    def open(self, key: str) -> int:
        """The descriptor of an entry's content, for reading it back."""
        with self._incoming() as incoming:
            return os.open(_part(key), os.O_RDONLY | os.O_NOFOLLOW, dir_fd=incoming)

    def publish(self, key: str, folder: Sequence[str], name: str) -> str:
        """Give the entry's file a path in `folder`, which is made if need be. Never overwrites; returns the path."""
        with self._incoming() as incoming, open_folder(self._root, folder, create=True) as target:
            for candidate in _candidates(name):
                path = "/".join((*folder, candidate))
                self._note(incoming, key, path)
                try:
                    os.link(_part(key), candidate, src_dir_fd=incoming, dst_dir_fd=target, follow_symlinks=False)
                except FileExistsError:
                    continue
                os.fsync(target)
                return path
        raise FileExistsError(f"no free name like {name}")

    def plan_removal(self, paths: Sequence[str]) -> Removal:
        """Begin an entry for each of the published files that exists."""
        keys: list[str | None] = []
        others: list[str] = []
        with self._incoming() as incoming:
            for path in paths:
                try:
                    keys.append(self._adopt(incoming, path))
                except OSError as error:
                    if error.errno not in _UNLINKABLE:
                        raise
                    # On a full disk files must still be removable; only a crash would now leave this one.
                    others.append(path)
            os.fsync(incoming)
        return Removal(tuple(filter(None, keys)), tuple(others))

    def finish_removal(self, removal: Removal) -> None:
        """Remove the files, as far as that can be done."""
        self.close(removal.keys, keep=False)
        for path in removal.paths:
            try:
                self._remove(path)
            except OSError:
                _log.warning("file %s could not be removed", path, exc_info=True)

    def keep(self, key: str) -> None:
        """Close the entry, leaving the published file where it is."""
        with self._incoming() as incoming:
            self._forget(incoming, key)

    def undo(self, key: str) -> None:
        """Close the entry and remove its file under every name."""
        with self._incoming() as incoming:
            path = self._published(incoming, key)
            if path is not None:
                self._remove(path)
            self._forget(incoming, key)

    def close(self, keys: Iterable[str], *, keep: bool) -> None:
        """Keep or undo entries, come what may: one that cannot be closed is logged and left to a later sweep."""
        for key in keys:
            try:
                if keep:
                    self.keep(key)
                else:
                    self.undo(key)
            except OSError:
                _log.warning("storage entry %s could not be closed", key, exc_info=True)

    def published(self, key: str) -> str | None:
        """The path the entry's file is published at, if it is."""
        with self._incoming() as incoming:
            return self._published(incoming, key)

    def release(self) -> None:
        """Leave what this process has not closed to the next sweep."""
        self._owner.release()

    @contextmanager
    def _incoming(self) -> Iterator[int]:
        with open_folder(self._root, INCOMING, create=True) as incoming:
            yield incoming

    def _adopt(self, incoming: int, path: str) -> str | None:
        parts = components(path)
        if parts is None or regular_file(self._root, parts) is None:
            return None
        key = self.new_key()
        try:
            self._note(incoming, key, path)
            with open_folder(self._root, parts[:-1]) as folder:
                os.link(parts[-1], _part(key), src_dir_fd=folder, dst_dir_fd=incoming, follow_symlinks=False)
        except OSError as error:
            self._forget(incoming, key)
            if isinstance(error, FileNotFoundError):
                # Another removal was faster.
                return None
            raise
        return key

    def _remove(self, path: str) -> None:
        *folder, name = path.split("/")
        with open_folder(self._root, folder) as target:
            os.unlink(name, dir_fd=target)

    def _note(self, incoming: int, key: str, path: str) -> None:
        # A symbolic link that nobody follows: written whole or not at all, by one call.
        with suppress(FileNotFoundError):
            os.unlink(_note(key), dir_fd=incoming)
        os.symlink(path, _note(key), dir_fd=incoming)

    def _published(self, incoming: int, key: str) -> str | None:
        try:
            path = os.readlink(_note(key), dir_fd=incoming)
            mine = os.stat(_part(key), dir_fd=incoming, follow_symlinks=False)
        except FileNotFoundError:
            return None
        parts = components(path)
        there = regular_file(self._root, parts) if parts else None
        return path if there is not None and os.path.samestat(mine, there) else None

    def _forget(self, incoming: int, key: str) -> None:
        # The note first: without one, what is left of the entry says nothing about a published file.
        for name in (_note(key), _part(key)):
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=incoming)


def _part(key: str) -> str:
    return f"{key}.part"


def _note(key: str) -> str:
    return f"{key}.path"


def _candidates(name: str) -> Iterator[str]:
    """The name itself, then, as Django does, with seven random letters before the extension."""
    yield name
    stem, suffix = os.path.splitext(name)
    for _ in range(100):
        yield f"{stem}_{''.join(secrets.choice(_SUFFIX_LETTERS) for _ in range(7))}{suffix}"
