"""What processes that were killed left behind: entries of the journal whose owner holds no lock any more."""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from helpdesk_api.storage.folders import open_folder
from helpdesk_api.storage.journal import Journal
from helpdesk_api.storage.owners import INCOMING, claim, disown, keys_of, owners_in
from helpdesk_api.storage.threads import Threads

Known = Callable[[Sequence[str]], Awaitable[set[str]]]
"""Which of these paths the database has a row for."""


@dataclass(frozen=True)
class SweepReport:
    """Unfinished transfers that were discarded, and published files (by path) that were removed or kept."""

    discarded: int = 0
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def __add__(self, other: "SweepReport") -> "SweepReport":
        return SweepReport(self.discarded + other.discarded, self.removed + other.removed, self.kept + other.kept)


@dataclass(frozen=True)
class _Remains:
    """What one dead owner left: where each entry's file is published, if it is; and the owner's lock, now ours."""

    lock: int
    published: dict[str, str | None]


async def sweep(root: Path, threads: Threads, known: Known) -> SweepReport:
    """Decide on every entry whose process is dead. Entries of live processes, here or elsewhere, are not touched."""
    journal, report = Journal(root), SweepReport()
    for owner in await threads.start(_owners, root):
        remains = await threads.start(_claim, root, journal, owner)
        if remains is not None:
            report += await _settle(root, threads, journal, owner, remains, known)
    return report


async def _settle(
    root: Path, threads: Threads, journal: Journal, owner: str, remains: _Remains, known: Known
) -> SweepReport:
    try:
        paths = sorted({path for path in remains.published.values() if path is not None})
        rows = await known(paths) if paths else set()
        report = await threads.start(_decide, journal, remains.published, rows)
        await threads.start(_disown, root, owner)
        return report
    finally:
        os.close(remains.lock)


def _owners(root: Path) -> list[str]:
    with open_folder(root, INCOMING, create=True) as incoming:
        return sorted(owners_in(incoming))


def _claim(root: Path, journal: Journal, owner: str) -> _Remains | None:
    with open_folder(root, INCOMING, create=True) as incoming:
        lock = claim(incoming, owner)
        # Listed only now: until it died, its process went on making entries.
        return (
            None if lock is None else _Remains(lock, {key: journal.published(key) for key in keys_of(incoming, owner)})
        )


def _decide(journal: Journal, published: dict[str, str | None], rows: set[str]) -> SweepReport:
    for key, path in published.items():
        if path in rows:
            journal.keep(key)
        else:
            journal.undo(key)
    paths = sorted({path for path in published.values() if path is not None})
    return SweepReport(
        discarded=sum(path is None for path in published.values()),
        removed=tuple(path for path in paths if path not in rows),
        kept=tuple(path for path in paths if path in rows),
    )


def _disown(root: Path, owner: str) -> None:
    with open_folder(root, INCOMING) as incoming:
        disown(incoming, owner)
