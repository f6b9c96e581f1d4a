"""Files held for a while, so that what is deleted meanwhile can still be read: a backup's view of the media folder."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from helpdesk_api.storage.errors import reporting_a_full_disk
from helpdesk_api.storage.folders import components, open_folder, regular_file
from helpdesk_api.storage.owners import INCOMING, Owner, disown, keys_of


class HeldFiles:
    """A second name, in `root/.incoming`, for each file that is held; it costs no room and copies nothing.

    The names have no note beside them (see `journal`), so the sweep of a later start clears away what a killed process
    held and leaves the published files alone. Every method blocks on the disk and may raise OSError.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._owner = Owner(self._root)

    def __enter__(self) -> HeldFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def hold(self, label: str, path: str) -> int | None:
        """Hold the published file at `path` under a label of the caller's; its size, `None` where there is no file.

        A label that is held already stays with the file it has.
        """
        parts = components(path)
        if parts is None:
            return None
        name = self._name(label)
        with reporting_a_full_disk(), open_folder(self._root, INCOMING, create=True) as incoming:
            with suppress(FileNotFoundError):
                return os.stat(name, dir_fd=incoming, follow_symlinks=False).st_size
            if regular_file(self._root, parts) is None:
                return None
            try:
                with open_folder(self._root, parts[:-1]) as folder:
                    os.link(parts[-1], name, src_dir_fd=folder, dst_dir_fd=incoming, follow_symlinks=False)
            except FileNotFoundError:
                return None
            return os.stat(name, dir_fd=incoming, follow_symlinks=False).st_size

    def open(self, label: str) -> BinaryIO:
        """The content of a file that is held."""
        with open_folder(self._root, INCOMING) as incoming:
            return os.fdopen(os.open(self._name(label), os.O_RDONLY | os.O_NOFOLLOW, dir_fd=incoming), "rb")

    def release(self, label: str) -> None:
        """Let a file go."""
        with open_folder(self._root, INCOMING) as incoming, suppress(FileNotFoundError):
            os.unlink(self._name(label), dir_fd=incoming)

    def close(self) -> None:
        """Let every file go."""
        owner = self._owner.name()
        with open_folder(self._root, INCOMING, create=True) as incoming:
            for key in keys_of(incoming, owner):
                os.unlink(f"{key}.part", dir_fd=incoming)
            disown(incoming, owner)
        self._owner.release()

    def _name(self, label: str) -> str:
        # As the journal names its entries; from the label, so that nobody has to remember a name for each file.
        return f"{self._owner.name()}-{hashlib.blake2b(label.encode(), digest_size=8).hexdigest()}.part"
