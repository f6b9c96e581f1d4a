"""Writes an archive as a stream: tar members one after the other, and their checksums as the last of them."""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterable
from types import TracebackType
from typing import BinaryIO, Protocol

from helpdesk_api.archive.errors import ArchiveError
from helpdesk_api.archive.layout import BLOCK, CHECKSUMS, MANIFEST, exact_time, file_member, table_member
from helpdesk_api.archive.manifest import Manifest

# As a member's size stands before its content, so much of a table is collected in memory.
_PART = 4 * 1024 * 1024
# zlib's second step of nine: texts shrink nearly as far as with its sixth, in half the time.
_LEVEL = 2
_GZIP = 16 + zlib.MAX_WBITS


class Output(Protocol):
    """What an archive is written to; it need not be able to go back."""

    def write(self, content: bytes, /) -> object:
        """Take the next bytes."""


class ArchiveWriter:
    """Writes members in turn; `finish` ends the archive. Every method blocks and may raise OSError."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._now = int(time.time())
        # A line for each member: for millions of files too many to keep in memory.
        self._sums: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 (closed by __exit__)

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._sums.close()

    def add_file(self, path: str, size: int, content: BinaryIO) -> bytes:
        """Add a media file of `size` bytes, with the time of its last change; its SHA-256."""
        changed = os.fstat(content.fileno()).st_mtime_ns
        return self._add(file_member(path), size, iter(lambda: content.read(1024 * 1024), b""), changed)

    def table(self, name: str) -> TableWriter:
        """Begin with the rows of a table."""
        return TableWriter(self, name)

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest and the checksums of everything."""
        self.add_bytes(MANIFEST, manifest.to_json())
        size = self._sums.tell()
        self._sums.seek(0)
        self._member(CHECKSUMS, size)
        while content := self._sums.read(1024 * 1024):
            self._output.write(content)
        self._fill(size)
        self._output.write(bytes(2 * BLOCK))

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a member from memory."""
        self._add(name, len(content), [content])

    def _add(self, name: str, size: int, pieces: Iterable[bytes], changed: int | None = None) -> bytes:
        self._member(name, size, changed)
        digest, written = hashlib.sha256(), 0
        for piece in pieces:
            digest.update(piece)
            written += len(piece)
            self._output.write(piece)
        if written != size:
            raise ArchiveError(f"{name} changed while it was read")
        self._fill(size)
        self._sums.write(f"{digest.hexdigest()}  {name}\n".encode())
        return digest.digest()

    def _member(self, name: str, size: int, changed: int | None = None) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, self._now
        if changed is not None:
            # To the nanosecond: what clients have in their caches goes by it.
            info.pax_headers = {"mtime": exact_time(changed)}
        self._output.write(info.tobuf(tarfile.PAX_FORMAT))

    def _fill(self, size: int) -> None:
        self._output.write(bytes(-size % BLOCK))


class TableWriter:
    """The rows of one table, in compressed parts of some megabytes."""

    def __init__(self, archive: ArchiveWriter, table: str) -> None:
        self._archive = archive
        self._table = table
        self._parts = 0
        self._begin()

    async def write(self, rows: bytes) -> None:
        """Take the next bytes of COPY's text format."""
        compressed = self._compressor.compress(rows)
        self._pieces.append(compressed)
        self._size += len(compressed)
        self._raw += len(rows)
        if self._size >= _PART:
            self.end()

    def end(self) -> None:
        """Write what is collected."""
        if self._raw:
            self._parts += 1
            self._pieces.append(self._compressor.flush())
            self._archive.add_bytes(table_member(self._table, self._parts), b"".join(self._pieces))
        self._begin()

    def _begin(self) -> None:
        self._compressor = zlib.compressobj(_LEVEL, wbits=_GZIP)
        self._pieces: list[bytes] = []
        self._size = self._raw = 0
