"""File storage: what the service asks of one, and the one that keeps files in a folder of the local disk."""

import asyncio
import os
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from helpdesk_api.storage.errors import reporting_a_full_disk
from helpdesk_api.storage.folders import components, open_regular_file, regular_file
from helpdesk_api.storage.incoming import IncomingFile, Inspection
from helpdesk_api.storage.journal import Journal, Removal
from helpdesk_api.storage.names import safe_name
from helpdesk_api.storage.sweep import Known, SweepReport, sweep
from helpdesk_api.storage.threads import Threads, nothing_to_do


@dataclass(frozen=True)
class StoredFile:
    """A published file: its POSIX path relative to the media root, its size in bytes, and its SHA-256 digest."""

    path: str
    size: int
    sha256: bytes


class FileStorage(Protocol):
    """Where files are kept. A file and its row change together: see `publish` and `plan_removal`.

    What is typed as Awaitable starts at once and runs to its end even if nobody awaits it, so that it can be called
    from a task that is being cancelled. Methods that touch the disk may raise OSError, StorageFull where there is no
    room; `settle`, `withdraw`, `finish_removal` and `cancel_removal` log it instead and leave the rest to the sweep.
    """

    def receive(self, name: str = "", media_type: str = "") -> IncomingFile:
        """Begin a file, of which its sender says this. Costs nothing until something is written."""

    async def publish(self, incoming: IncomingFile, folder: str, name: str) -> StoredFile:
        """Give a finished file a path: `folder/name`, or with a random suffix where that is taken.

        `name` is made safe; each component of `folder` must be so already (ValueError otherwise). Follow it, once the
        row is committed, with `settle`, and after a rollback with `withdraw`. When it raises, nothing is left.
        """

    def settle(self, stored: StoredFile) -> Awaitable[None]:
        """The row is committed: the file stays."""

    def withdraw(self, stored: StoredFile) -> Awaitable[None]:
        """The row was rolled back: the file goes. Does nothing to a settled file."""

    async def plan_removal(self, *paths: str) -> Removal:
        """Before the deletion of the files' rows is committed: note what is to go. Missing files are passed over."""

    def finish_removal(self, removal: Removal) -> Awaitable[None]:
        """The deletion is committed: the files go."""

    def cancel_removal(self, removal: Removal) -> Awaitable[None]:
        """The deletion was rolled back: the files stay."""

    def locate(self, path: str) -> Path | None:
        """The absolute path of a published file; None for anything else. Blocks for some microseconds."""

    def open(self, path: str) -> int | None:
        """The descriptor of a published file, for reading, which is the caller's to close; None for anything else.

        Blocks for some microseconds. From here on it does not matter what becomes of the path.
        """

    async def sweep(self, known: Known) -> SweepReport:
        """Clear away what killed processes left: unfinished transfers, and published files that `known` has no row for.

        Call it at the start, also while other processes work. A killed process may still have a commit in flight:
        `known` must wait for it, as a query does that first takes a lock which conflicts with writing such rows.
        """

    async def check_writable(self) -> None:
        """Write something and remove it. Raises OSError where that fails."""

    async def close(self) -> None:
        """For the end of the service: wait for jobs under way, and leave to a sweep what is not settled by now."""


class LocalFiles:
    """Files in a folder of a disk that knows hard links, symbolic links and flock, as Linux and macOS file systems do.

    `root` is made when it is first needed and may be a symbolic link; below it none is followed. It must be one file
    system. Unfinished files are in `root/.incoming`. Each file passes the `inspections` before it can be published.
    """

    def __init__(self, root: Path, inspections: Sequence[Inspection] = ()) -> None:
        self._root = root.absolute()
        self._inspections = inspections
        self._threads = Threads()
        self._journal = Journal(self._root)
        self._unsettled: dict[str, IncomingFile] = {}

    def receive(self, name: str = "", media_type: str = "") -> IncomingFile:
        return IncomingFile(self._journal, self._threads, name, media_type, self._inspections)

    async def publish(self, incoming: IncomingFile, folder: str, name: str) -> StoredFile:
        try:
            parts = components(folder)
            if parts is None:
                raise ValueError(f"not a folder below the media root: {folder!r}")
            path = await incoming.publish(parts, safe_name(name))
        except BaseException:
            # Cancelled here, the link may be made all the same: whoever asked for it does not learn the path.
            incoming.discard()
            raise
        self._unsettled[path] = incoming
        return StoredFile(path, incoming.size, incoming.sha256)

    def settle(self, stored: StoredFile) -> Awaitable[None]:
        incoming = self._unsettled.pop(stored.path, None)
        return nothing_to_do() if incoming is None else incoming.settle()

    def withdraw(self, stored: StoredFile) -> Awaitable[None]:
        incoming = self._unsettled.pop(stored.path, None)
        return nothing_to_do() if incoming is None else incoming.withdraw()

    async def plan_removal(self, *paths: str) -> Removal:
        return await self._threads.start(self._journal.plan_removal, paths)

    def finish_removal(self, removal: Removal) -> Awaitable[None]:
        return self._threads.start(self._journal.finish_removal, removal)

    def cancel_removal(self, removal: Removal) -> Awaitable[None]:
        return self._threads.start(self._journal.close, removal.keys, keep=True)

    def locate(self, path: str) -> Path | None:
        parts = components(path)
        found = parts is not None and regular_file(self._root, parts)
        return self._root.joinpath(*parts) if parts and found else None

    def open(self, path: str) -> int | None:
        parts = components(path)
        return open_regular_file(self._root, parts) if parts else None

    async def sweep(self, known: Known) -> SweepReport:
        return await sweep(self._root, self._threads, known)

    async def check_writable(self) -> None:
        await self._threads.start(self._write_a_trial)

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._threads.stop()
        self._journal.release()

    def _write_a_trial(self) -> None:
        with reporting_a_full_disk():
            key = self._journal.new_key()
            file = self._journal.create(key)
            try:
                os.write(file, b".")
            finally:
                os.close(file)
                self._journal.undo(key)
