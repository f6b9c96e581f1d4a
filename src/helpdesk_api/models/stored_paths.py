"""Every column that names a file in the media folder: what the sweep, backups and the doctor go by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredPaths:
    """A column of paths, and the columns that say what the file is like, where the table has them."""

    table: str
    path: str
    size: str | None = None
    sha256: str | None = None


ATTACHMENTS = StoredPaths("attachments", "path", "size", "sha256")
AVATARS = StoredPaths("users", "avatar")
STORED_PATHS = (ATTACHMENTS, AVATARS)
