"""What is in a media folder: published files, files under way, and what killed processes left. Everything blocks."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from helpdesk_api.storage.folders import components, open_folder
from helpdesk_api.storage.owners import INCOMING, claim, disown, keys_of, owners_in

# Nothing hidden is ever published or served.
ASIDE = ".lost"
"""The folder, below the media root, for files that belong to nothing."""


def published_files(root: Path) -> Iterator[str]:
    """The paths of all regular files below `root`, relative to it; nothing hidden, no symbolic link followed.

    A name that is not text comes with surrogates in it.
    """
    top = root.absolute()
    if not top.exists():
        return
    for folder, folders, names, descriptor in os.fwalk(top, follow_symlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.startswith(".") or not _is_regular(name, descriptor):
                continue
            yield os.path.relpath(os.path.join(folder, name), top)


def files_under_way(root: Path) -> set[str]:
    """The paths of files that are noted in the journal: about to get or to lose their row."""
    found = set()
    with suppress(FileNotFoundError), open_folder(root.absolute(), INCOMING) as incoming:
        for name in os.listdir(incoming):
            if name.endswith(".path"):
                with suppress(OSError):  # closed in this moment
                    found.add(os.readlink(name, dir_fd=incoming))
    return found


def unfinished_entries(root: Path) -> int:
    """How many entries of the journal belong to processes that ended; the sweep decides on them."""
    count = 0
    with suppress(FileNotFoundError), open_folder(root.absolute(), INCOMING) as incoming:
        for owner in owners_in(incoming):
            lock = claim(incoming, owner)
            if lock is None:
                continue
            try:
                left = len(keys_of(incoming, owner))
                if not left:
                    disown(incoming, owner)
                count += left
            finally:
                os.close(lock)
    return count


def put_aside(root: Path, path: str) -> str | None:
    """Move a published file to the same path below `ASIDE`; where it is now, `None` when it has gone.

    Raises OSError, FileExistsError among them.
    """
    top = root.absolute()
    *folders, name = path.split("/")
    if components(path) is None:
        raise OSError(f"not a path the service could have made: {path!r}")
    with open_folder(top, (ASIDE, *folders), create=True) as target:
        try:
            with open_folder(top, folders) as source:
                # By a link first, which never overwrites.
                os.link(name, name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
                os.unlink(name, dir_fd=source)
        except FileNotFoundError:
            return None
        os.fsync(target)
    return "/".join((ASIDE, path))


def _is_regular(name: str, folder: int) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False
