"""Files: published together with their row, or not at all."""

from __future__ import annotations

import secrets
import string
from collections.abc import Collection, Sequence

from helpdesk_api.db.session import Session
from helpdesk_api.domain import stored_files
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.attachments import hot_writes
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.attachments.errors import (
    AttachmentNotFound,
    FollowUpAttachmentNotFound,
    QuotaExceeded,
    TicketIsFull,
)
from helpdesk_api.domain.attachments.repository import AttachmentRepository
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.events.request_id import current_request_id
from helpdesk_api.domain.policy import may_remove_attachment
from helpdesk_api.domain.tickets.errors import TicketNotFound
from helpdesk_api.domain.users import avatars
from helpdesk_api.models import Attachment
from helpdesk_api.paging import Page, PageRequest
from helpdesk_api.storage.files import FileStorage, StoredFile
from helpdesk_api.storage.folders import components
from helpdesk_api.storage.names import display_name, extension, safe_folder, safe_name


async def has_room(session: Session, actor: Actor, ticket_id: int) -> bool | None:
    """Whether an upload ticket has a place left for a file; `None` where the actor sees no such ticket."""
    return await AttachmentRepository(session).has_room(ticket_id, actor)


async def add_upload(session: Session, actor: Actor, storage: FileStorage, ticket_id: int, new: NewFile) -> Attachment:
    """Put a file in one of an upload ticket's places. Raises `TicketIsFull`, `TicketNotFound`, `QuotaExceeded`.

    The file is published before its row is written; if this unit of work comes to nothing, it is withdrawn again.
    """
    folder = f"upload/{safe_folder(actor.username)}"
    stored = await _publish(session, actor, storage, folder, new)
    values = {
        "uploader_id": actor.user_id,
        "path": stored.path,
        "filename": display_name(new.filename),
        "mime_type": new.mime_type,
        "size": stored.size,
        "sha256": stored.sha256,
    }
    uploaded = await hot_writes.upload(session, ticket_id, values, current_request_id.get())
    if uploaded is None:
        raise TicketNotFound if await has_room(session, actor, ticket_id) is None else TicketIsFull
    return Attachment(**values, id=uploaded.file_id, ticket_id=ticket_id, created_at=uploaded.at)


async def attach(
    session: Session,
    actor: Actor,
    storage: FileStorage,
    ticket_id: int,
    followup_id: int,
    new: NewFile,
) -> Attachment:
    """Hang a file on a follow-up. Its address ends in its name and cannot be guessed. Raises `QuotaExceeded`."""
    folder = f"helpdesk/attachments/ticket-{ticket_id}-{secrets.token_hex(8)}/{followup_id}"
    stored = await _publish(session, actor, storage, folder, new)
    ending = extension(stored.path)
    attachment = Attachment(
        ticket_id=ticket_id,
        followup_id=followup_id,
        uploader_id=actor.user_id,
        path=stored.path,
        short_name=new_short_name() + (f".{ending}" if ending else ""),
        filename=display_name(new.filename),
        mime_type=new.mime_type,
        size=stored.size,
        sha256=stored.sha256,
    )
    await AttachmentRepository(session).add(attachment)
    described = {"file": attachment.id, "filename": attachment.filename, "size": attachment.size}
    await events.record(
        session, actor, "attachment.created", ticket_id=ticket_id, followup_id=followup_id, changes=described
    )
    return attachment


async def _publish(session: Session, actor: Actor, storage: FileStorage, folder: str, new: NewFile) -> StoredFile:
    """Keep a file within its sender's quota: those of one sender are counted one after the other."""
    if actor.quota is not None:
        files = AttachmentRepository(session)
        await files.lock_files_of(actor.user_id)
        if await files.bytes_sent_by(actor.user_id) + new.incoming.size > actor.quota:
            raise QuotaExceeded(actor.quota)
    return await stored_files.publish(session, storage, new.incoming, folder, safe_name(new.filename))


def new_short_name() -> str:
    """Twelve letters and digits that say nothing."""
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(12))


async def get_attachment(session: Session, actor: Actor, attachment_id: int) -> Attachment:
    """One file of a support ticket. Raises `AttachmentNotFound`."""
    found = await AttachmentRepository(session).get_attachment(attachment_id, actor)
    if found is None:
        raise FollowUpAttachmentNotFound
    return found


async def find_by_short_name(session: Session, actor: Actor, short_name: str) -> Attachment:
    """The file of a support ticket behind a short name. Raises `AttachmentNotFound`."""
    found = await AttachmentRepository(session).get_by_short_name(short_name, actor)
    if found is None:
        raise AttachmentNotFound
    return found


async def list_attachments(
    session: Session, actor: Actor, request: PageRequest, *, by_name: bool = False
) -> Page[Attachment]:
    """A page of support tickets' files, in ascending id or by name. Raises `PageOutOfRange`."""
    return await AttachmentRepository(session).page_of_attachments(actor, request, by_name=by_name)


async def remove_attachment(session: Session, actor: Actor, storage: FileStorage, attachment_id: int) -> None:
    """Delete a file of a support ticket: staff, or who sent it. Raises `AttachmentNotFound`, `Forbidden`."""
    found = await get_attachment(session, actor, attachment_id)
    may_remove_attachment(actor, found)
    if not await AttachmentRepository(session).remove(found.id):
        raise FollowUpAttachmentNotFound
    await stored_files.remove(session, storage, [found.path])
    gone = {"file": found.id, "filename": found.filename}
    await events.record(
        session, actor, "attachment.deleted", ticket_id=found.ticket_id, followup_id=found.followup_id, changes=gone
    )


async def remove_files_of_followup(session: Session, storage: FileStorage, followup_id: int) -> None:
    """Have every file of a follow-up removed once this unit of work is stored."""
    await stored_files.remove(session, storage, await AttachmentRepository(session).paths_of_followup(followup_id))


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
    files = AttachmentRepository(session)
    # The ticket first and then its file, as uploads and deletions of the ticket do: else two could wait for each other.
    await files.lock_ticket(found.ticket_id)
    path = await files.remove_from_place(file_id)
    if path is None:
        raise AttachmentNotFound
    await stored_files.remove(session, storage, [path])
    gone = {"file": file_id, "filename": found.filename}
    await events.record(session, actor, "attachment.deleted", ticket_id=found.ticket_id, changes=gone)


async def remove_files_of_ticket(session: Session, storage: FileStorage, ticket_id: int) -> None:
    """Have every file of a ticket removed once this unit of work is stored."""
    await stored_files.remove(session, storage, await AttachmentRepository(session).paths_of_ticket(ticket_id))


async def find_media(session: Session, actor: Actor, path: str, kinds: Collection[str]) -> Attachment:
    """The file stored at a path, of a ticket of these kinds. Raises `AttachmentNotFound`."""
    # What is no path of a file, NUL and lone surrogates among it, is not for the database either.
    found = await AttachmentRepository(session).get_by_path(path, actor) if components(path) else None
    # What is sent to an upload ticket hangs on no follow-up.
    if found is None or ("upload" if found.followup_id is None else "support") not in kinds:
        raise AttachmentNotFound
    return found


async def known_paths(session: Session, paths: Sequence[str]) -> set[str]:
    """Those of the paths that belong to a row, once every commit that may be under way has ended; for the sweep.

    Users' pictures are in the same folder, and the sweep is over all of it.
    """
    await AttachmentRepository(session).wait_for_writers()
    await avatars.wait_for_writers(session)
    return await stored_files.named_paths(session, paths)
