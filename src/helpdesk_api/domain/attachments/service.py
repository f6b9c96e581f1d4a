"""Files: published together with their row, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk_api.db.session import Session, after_commit, after_rollback
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.attachments.errors import AttachmentNotFound, TicketIsFull
from helpdesk_api.domain.attachments.repository import AttachmentRepository
from helpdesk_api.domain.events import service as events
from helpdesk_api.models import Attachment, Ticket
from helpdesk_api.paging import Page, PageRequest
from helpdesk_api.storage.files import FileStorage, StoredFile
from helpdesk_api.storage.names import display_name, safe_folder, safe_name


async def find_upload_ticket(session: Session, actor: Actor, ticket_id: int) -> Ticket | None:
    """The upload ticket a file may be sent to, or `None`."""
    return await AttachmentRepository(session).get_upload_ticket(ticket_id, actor)


async def add_upload(session: Session, actor: Actor, storage: FileStorage, ticket_id: int, new: NewFile) -> Attachment:
    """Put a file in one of an upload ticket's places. Raises `TicketIsFull`, `AttachmentNotFound`.

    The file is published before its row is written; if this unit of work comes to nothing, it is withdrawn again.
    """
    files = AttachmentRepository(session)
    folder = f"upload/{safe_folder(actor.username)}"
    stored = await _publish(session, storage, folder, new)
    file_id = await files.add_to_place(
        ticket_id,
        {
            "uploader_id": actor.user_id,
            "path": stored.path,
            "filename": display_name(new.filename),
            "mime_type": new.mime_type,
            "size": stored.size,
            "sha256": stored.sha256,
        },
    )
    if file_id is None:
        raise TicketIsFull
    uploaded = await get_upload(session, actor, file_id)
    ticket = await files.get_upload_ticket(ticket_id, actor)
    described = {"file": file_id, "filename": uploaded.filename, "size": uploaded.size}
    await events.record(session, actor, "attachment.created", ticket_id=ticket_id, changes=described)
    if ticket is not None and ticket.file_count == ticket.file_limit:
        await events.record(session, actor, "upload.completed", ticket_id=ticket_id)
    return uploaded


async def _publish(session: Session, storage: FileStorage, folder: str, new: NewFile) -> StoredFile:
    stored = await storage.publish(new.incoming, folder, safe_name(new.filename))

    async def settle() -> None:
        await storage.settle(stored)

    async def withdraw() -> None:
        await storage.withdraw(stored)

    after_commit(session, settle)
    after_rollback(session, withdraw)
    return stored


async def get_upload(session: Session, actor: Actor, file_id: int) -> Attachment:
    """One file of an upload ticket. Raises `AttachmentNotFound`."""
    found = await AttachmentRepository(session).get_upload(file_id, actor)
    if found is None:
        raise AttachmentNotFound
    return found


async def list_uploads(session: Session, actor: Actor, ticket_id: int | None, request: PageRequest) -> Page[Attachment]:
    """A page of upload tickets' files. Raises `PageOutOfRange`."""
    return await AttachmentRepository(session).page_of_uploads(actor, ticket_id, request)


async def remove_upload(session: Session, actor: Actor, storage: FileStorage, file_id: int) -> None:
    """Delete a file of an upload ticket, whose status steps back. Raises `AttachmentNotFound`."""
    found = await get_upload(session, actor, file_id)
    path = await AttachmentRepository(session).remove_from_place(file_id)
    if path is None:
        raise AttachmentNotFound
    await _remove_files(session, storage, [path])
    gone = {"file": file_id, "filename": found.filename}
    await events.record(session, actor, "attachment.deleted", ticket_id=found.ticket_id, changes=gone)


async def remove_files_of_ticket(session: Session, storage: FileStorage, ticket_id: int) -> None:
    """Have every file of a ticket removed once this unit of work is stored."""
    await _remove_files(session, storage, await AttachmentRepository(session).paths_of_ticket(ticket_id))


async def _remove_files(session: Session, storage: FileStorage, paths: Sequence[str]) -> None:
    """Remove files after the commit; a crash in between is finished by the sweep at the next start."""
    removal = await storage.plan_removal(*paths)

    async def finish() -> None:
        await storage.finish_removal(removal)

    async def cancel() -> None:
        await storage.cancel_removal(removal)

    after_commit(session, finish)
    after_rollback(session, cancel)


async def find_media(session: Session, actor: Actor, path: str) -> Attachment:
    """The file stored at a path. Raises `AttachmentNotFound`."""
    found = await AttachmentRepository(session).get_by_path(path, actor)
    if found is None:
        raise AttachmentNotFound
    return found


async def known_paths(session: Session, paths: Sequence[str]) -> set[str]:
    """Those of the paths that belong to a row, once every commit that may be under way has ended; for the sweep."""
    files = AttachmentRepository(session)
    await files.wait_for_writers()
    return await files.known_paths(paths)
