"""Files and their rows change together: what is published stays only if its unit of work does, and so with removals."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk_api.db.session import Session, after_commit, after_rollback
from helpdesk_api.storage.files import FileStorage, StoredFile
from helpdesk_api.storage.incoming import IncomingFile


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
