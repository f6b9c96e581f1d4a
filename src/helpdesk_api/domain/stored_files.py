"""Files and their rows change together: what is published stays only if its unit of work does, and so with removals."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import String, bindparam, select, union_all

from helpdesk_api.db.session import Session, after_commit, after_rollback
from helpdesk_api.models import Base
from helpdesk_api.models.stored_paths import STORED_PATHS
from helpdesk_api.storage.files import FileStorage, StoredFile
from helpdesk_api.storage.incoming import IncomingFile

_PATHS = bindparam("paths", type_=String, expanding=True)
_COLUMNS = [Base.metadata.tables[one.table].c[one.path] for one in STORED_PATHS]
_NAMED = union_all(*(select(column).where(column.in_(_PATHS)) for column in _COLUMNS))


async def named_paths(session: Session, paths: Sequence[str]) -> set[str]:
    """Those of the paths that any row names."""
    return set(await session.scalars(_NAMED, {"paths": paths}))


async def publish(session: Session, storage: FileStorage, incoming: IncomingFile, folder: str, name: str) -> StoredFile:
    """Give a file that has arrived its path; it is withdrawn again if this unit of work comes to nothing."""
    stored = await storage.publish(incoming, folder, name)

    async def settle() -> None:
        await storage.settle(stored)

    async def withdraw() -> None:
        await storage.withdraw(stored)

    after_commit(session, settle)
    after_rollback(session, withdraw)
    return stored


async def remove(session: Session, storage: FileStorage, paths: Sequence[str]) -> None:
    """Remove files after the commit; a crash in between is finished by the sweep at the next start."""
    removal = await storage.plan_removal(*paths)

    async def finish() -> None:
        await storage.finish_removal(removal)

    async def cancel() -> None:
        await storage.cancel_removal(removal)

    after_commit(session, finish)
    after_rollback(session, cancel)
