"""Reads an archive from its beginning to its end, and finds out first whether it is whole."""

from __future__ import annotations

import hashlib
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from helpdesk_api.archive.errors import ArchiveDamaged, ArchiveError
from helpdesk_api.archive.layout import CHECKSUMS, MANIFEST, file_path, nanoseconds_of, table_of
from helpdesk_api.archive.manifest import FORMAT, Manifest, read_manifest

_PIECE = 1024 * 1024
_LARGEST_MANIFEST = 64 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS
TRUNCATED = "its end is missing"


@dataclass(frozen=True, slots=True)
class Member:
    """One file in the archive; its content can be read until the next one is asked for."""

    name: str
    size: int
    _tar: tarfile.TarFile
    _info: tarfile.TarInfo

    @property
    def changed(self) -> int | None:
        """When a media file was last changed, in nanoseconds since 1970. Raises `ArchiveDamaged`."""
        time = self._info.pax_headers.get("mtime")
        try:
            return None if time is None else nanoseconds_of(time)
        except ValueError as error:
            raise ArchiveDamaged(f"{self.name} has no such time: {time}") from error

    def pieces(self) -> Iterator[bytes]:
        """The content, a mebibyte at a time."""
        file = self._tar.extractfile(self._info)
        assert file is not None  # noqa: S101 (`members` lets regular files through only)
        with file:
            while piece := file.read(_PIECE):
                yield piece

    def rows(self) -> Iterator[bytes]:
        """The content of a table's part, unpacked."""
        unpacking = zlib.decompressobj(wbits=_GZIP)
        for piece in self.pieces():
            while piece:
                yield unpacking.decompress(piece, _PIECE)
                piece = unpacking.unconsumed_tail
        yield unpacking.flush()


@contextmanager
def open_archive(file: Path) -> Iterator[Iterator[Member]]:
    """The members of an archive in their order. Raises `ArchiveDamaged`, or `ArchiveError` if it cannot be opened."""
    try:
        # No compression is looked for: what is none of ours is not to be unpacked.
        with tarfile.open(file, "r:") as tar:
            yield _members(tar)
    except (tarfile.TarError, zlib.error, EOFError, UnicodeError) as error:
        raise ArchiveDamaged(f"{file} is damaged, or no archive: {error}") from error
    except ArchiveDamaged as error:
        raise ArchiveDamaged(f"{file} is damaged, or no archive: {error}") from error


def _members(tar: tarfile.TarFile) -> Iterator[Member]:
    while (info := tar.next()) is not None:
        if not info.isreg():
            raise ArchiveDamaged(f"{info.name} is no file")
        yield Member(info.name, info.size, tar, info)
        # It would remember each of what may be a million files.
        tar.members.clear()  # type: ignore[attr-defined]


def verify(file: Path) -> Manifest:
    """Read the whole archive; what it holds. Raises `ArchiveDamaged` unless it is all that was written, unchanged."""
    with reading(file), open_archive(file) as members:
        seen = _Seen()
        for member in members:
            seen.look_at(member)
        return seen.manifest()


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Say of which file it is that it cannot be read."""
    try:
        yield
    except OSError as error:
        raise ArchiveError(f"{file} cannot be read: {error.strerror or error}") from error


class _Seen:
    """What was found so far, to be held against what the archive says of itself at its end."""

    def __init__(self) -> None:
        self._lines = hashlib.sha256()
        self._manifest: Manifest | None = None
        self._stated: bytes | None = None
        self._files = self._file_bytes = 0

    def look_at(self, member: Member) -> None:
        """Take one member into account."""
        if self._stated is not None:
            raise ArchiveDamaged(f"something follows its end: {member.name}")
        if member.name == CHECKSUMS:
            self._stated = _digest(member)
            return
        kept: list[bytes] | None = [] if member.name == MANIFEST and member.size <= _LARGEST_MANIFEST else None
        self._lines.update(f"{_digest(member, kept).hex()}  {member.name}\n".encode())
        if kept is not None:
            self._manifest = _known_format(read_manifest(b"".join(kept)))
        elif file_path(member.name) is not None:
            self._files += 1
            self._file_bytes += member.size
        elif table_of(member.name) is None:
            raise ArchiveDamaged(f"nobody knows what {member.name} is")

    def manifest(self) -> Manifest:
        """What the archive holds, once all of it was seen."""
        if self._manifest is None or self._stated is None:
            raise ArchiveDamaged(TRUNCATED)
        if self._stated != self._lines.digest():
            raise ArchiveDamaged("its content is not what its checksums say")
        if (self._files, self._file_bytes) != (self._manifest.files, self._manifest.file_bytes):
            raise ArchiveDamaged("its files are not those that its manifest counts")
        return self._manifest


def _digest(member: Member, kept: list[bytes] | None = None) -> bytes:
    digest = hashlib.sha256()
    for piece in member.pieces():
        digest.update(piece)
        if kept is not None:
            kept.append(piece)
    return digest.digest()


def _known_format(manifest: Manifest) -> Manifest:
    if manifest.format != FORMAT:
        raise ArchiveDamaged(f"it has format {manifest.format}, and this version reads {FORMAT}")
    return manifest
