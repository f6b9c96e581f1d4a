"""Rows held against the files they name."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Select, Table, delete, null, select, update

from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.doctor.clinic import Clinic
from helpdesk_api.domain.doctor.counters import UPLOAD_COUNTER
from helpdesk_api.domain.doctor.findings import Finding
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.users.service import COMMAND_LINE
from helpdesk_api.models import Attachment, Base, Ticket, User
from helpdesk_api.models.stored_paths import ATTACHMENTS, STORED_PATHS, StoredPaths
from helpdesk_api.storage.files import FileStorage

_AT_ONCE = 1000
_GONE = "its file is not there"
_NOT_ONE_IS_THERE = "none of the files is there: is HELPDESK_MEDIA_ROOT right? Then restore the folder"
_RESTORE = "restore the file from a backup"


@dataclass(frozen=True, slots=True)
class _Lost:
    """A row whose file is not there, or not as the row says."""

    named: StoredPaths
    id: int
    path: str
    problem: str

    def finding(self, advice: str | None) -> Finding:
        kind = "file" if self.named is ATTACHMENTS else "picture of user"
        return Finding(f"{kind} {self.id} ({self.path})", self.problem, _RESTORE if self.problem != _GONE else advice)


class RowsWithoutFiles:
    """Rows that name a file that is not there, is of another size or, with `read_files`, has other content."""

    name = "rows without files"

    async def find(self, clinic: Clinic) -> Sequence[Finding]:
        """Those that have lost theirs; not those that are being deleted."""
        lost, there = await self._look(clinic)
        advice = None if there else _NOT_ONE_IS_THERE
        return [one.finding(advice) for one in lost]

    async def mend(self, clinic: Clinic) -> None:
        """Delete the rows: what they name cannot be had. Unless nothing is there, as when a disk is not mounted."""
        lost, there = await self._look(clinic)
        for one in lost:
            if there and one.problem == _GONE:
                async with unit_of_work(clinic.database.sessions) as session:
                    await _forget(session, one)

    async def _look(self, clinic: Clinic) -> tuple[list[_Lost], bool]:
        """Rows without their files, and whether any file at all is there."""
        lost, rows = [], 0
        for named in STORED_PATHS:
            async for batch in _batches(clinic, named):
                rows += len(batch)
                suspects = await asyncio.to_thread(_suspects, clinic, named, batch)
                lost += await _still_there(clinic, named, suspects)
        return lost, sum(one.problem == _GONE for one in lost) < rows


async def _batches(clinic: Clinic, named: StoredPaths) -> AsyncIterator[Sequence[Any]]:
    last = 0
    while True:
        session = clinic.database.read_sessions()
        batch = (await session.execute(_rows(named, last))).all()
        if not batch:
            return
        yield batch
        last = batch[-1].id


def _rows(named: StoredPaths, after: int) -> Select[Any]:
    table = _table(named)
    size = table.c[named.size] if named.size else null()
    digest = table.c[named.sha256] if named.sha256 else null()
    path = table.c[named.path]
    query = select(table.c.id, path.label("path"), size.label("size"), digest.label("sha256"))
    return query.where(table.c.id > after, path.is_not(None)).order_by(table.c.id).limit(_AT_ONCE)


def _table(named: StoredPaths) -> Table:
    return Base.metadata.tables[named.table]


def _suspects(clinic: Clinic, named: StoredPaths, rows: Sequence[Any]) -> list[_Lost]:
    looked_at = ((row, _problem(clinic.storage, row, read=clinic.read_files)) for row in rows)
    return [_Lost(named, row.id, row.path, problem) for row, problem in looked_at if problem is not None]


def _problem(storage: FileStorage, row: Any, *, read: bool) -> str | None:
    location = storage.locate(row.path)
    if location is None:
        return _GONE
    try:
        if row.size not in (None, size := location.stat().st_size):
            return f"its file has {size} bytes instead of {row.size}"
        if read and row.sha256 not in (None, _digest(location)):
            return "its file has other content than was uploaded"
    except FileNotFoundError:
        return _GONE
    return None


def _digest(location: Path) -> bytes:
    with location.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


async def _still_there(clinic: Clinic, named: StoredPaths, suspects: Sequence[_Lost]) -> list[_Lost]:
    """A row goes before its file does: only one that is there after its file was not has really lost it."""
    if not suspects:
        return []
    table = _table(named)
    query = select(table.c.id, table.c[named.path]).where(table.c.id.in_([one.id for one in suspects]))
    session = clinic.database.read_sessions()
    rows = {tuple(row) for row in await session.execute(query)}
    return [one for one in suspects if (one.id, one.path) in rows]


async def _forget(session: Session, lost: _Lost) -> None:
    if lost.named is ATTACHMENTS:
        await _forget_attachment(session, lost)
        return
    cleared = update(User).where(User.id == lost.id, User.avatar == lost.path).values(avatar=None).returning(User.id)
    if await session.scalar(cleared):
        changes = {"avatar": {"from": lost.path, "to": None}}
        await events.record(session, COMMAND_LINE, "user.updated", recipient_id=lost.id, changes=changes)


async def _forget_attachment(session: Session, lost: _Lost) -> None:
    ticket_id = await session.scalar(select(Attachment.ticket_id).where(Attachment.id == lost.id))
    # The ticket first and then its file, as uploads and deletions do.
    await session.execute(select(Ticket.id).where(Ticket.id == ticket_id).with_for_update())
    gone = delete(Attachment).where(Attachment.id == lost.id).returning(Attachment.filename, Attachment.followup_id)
    row = (await session.execute(gone)).one_or_none()
    if row is None or ticket_id is None:
        return
    await UPLOAD_COUNTER.recount(session, [ticket_id])
    changes = {"file": lost.id, "filename": row.filename, "lost": True}
    await events.record(
        session, COMMAND_LINE, "attachment.deleted", ticket_id=ticket_id, followup_id=row.followup_id, changes=changes
    )


ROWS_WITHOUT_FILES = RowsWithoutFiles()
