"""Queries on files; each read starts from what the actor may see."""

from __future__ import annotations

from sqlalchemy import Select, delete, func, select, text, update
from sqlalchemy.orm import joinedload

from helpdesk_api.db.paginate import fetch_page
from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import visible_attachments, visible_tickets
from helpdesk_api.models import Attachment, FollowUp, Ticket
from helpdesk_api.paging import Page, PageRequest

# Any number nobody else uses; these locks are of two numbers, this one and the user's id.
_SENDERS_LOCK = 470_111_381


class AttachmentRepository:
    """Files of upload tickets and of follow-ups."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get_upload(self, file_id: int, actor: Actor) -> Attachment | None:
        """One visible file of an upload ticket."""
        return await self._session.scalar(self._uploads(actor).where(Attachment.id == file_id))

    async def page_of_uploads(self, actor: Actor, ticket_id: int | None, request: PageRequest) -> Page[Attachment]:
        """A page of visible files of upload tickets, of one ticket where it is named, in ascending id."""
        query = self._uploads(actor).order_by(Attachment.id)
        if ticket_id is not None:
            query = query.where(Attachment.ticket_id == ticket_id)
        return await fetch_page(self._session, query, request)

    async def get_by_path(self, path: str, actor: Actor) -> Attachment | None:
        """One visible file by where it is stored."""
        return await self._session.scalar(select(Attachment).where(Attachment.path == path, visible_attachments(actor)))

    async def add(self, attachment: Attachment) -> None:
        """Store a support ticket's file and give it its id."""
        self._session.add(attachment)
        await self._session.flush()

    async def get_attachment(self, attachment_id: int, actor: Actor) -> Attachment | None:
        """One visible file of a support ticket."""
        return await self._session.scalar(self._attachments(actor).where(Attachment.id == attachment_id))

    async def get_by_short_name(self, short_name: str, actor: Actor) -> Attachment | None:
        """One visible file of a support ticket by its short name."""
        return await self._session.scalar(self._attachments(actor).where(Attachment.short_name == short_name))

    async def page_of_attachments(self, actor: Actor, request: PageRequest, *, by_name: bool) -> Page[Attachment]:
        """A page of visible files of support tickets, in ascending id or by name."""
        order = (Attachment.filename, Attachment.id) if by_name else (Attachment.id,)
        return await fetch_page(self._session, self._attachments(actor).order_by(*order), request)

    async def remove(self, attachment_id: int) -> bool:
        """Delete a support ticket's file's row; false when it was gone already."""
        gone = delete(Attachment).where(Attachment.id == attachment_id).returning(Attachment.id)
        return await self._session.scalar(gone) is not None

    async def paths_of_followup(self, followup_id: int) -> list[str]:
        """Where every file of a follow-up is stored."""
        return list(await self._session.scalars(select(Attachment.path).where(Attachment.followup_id == followup_id)))

    async def has_room(self, ticket_id: int, actor: Actor) -> bool | None:
        """Whether an upload ticket has a place left; `None` where there is no such visible ticket."""
        room = select(Ticket.file_count < Ticket.file_limit)
        return await self._session.scalar(
            room.where(Ticket.id == ticket_id, Ticket.kind == "upload", visible_tickets(actor))
        )

    async def lock_files_of(self, user_id: int) -> None:
        """Wait for whoever sends files in this user's name, and keep others from it until the unit of work ends."""
        # The second number has 32 bits; two users who share one wait for each other, and no more.
        await self._session.execute(select(func.pg_advisory_xact_lock(_SENDERS_LOCK, user_id % 2**31)))

    async def bytes_sent_by(self, user_id: int) -> int:
        """How many bytes all the files have that a user sent."""
        total = select(func.coalesce(func.sum(Attachment.size), 0)).where(Attachment.uploader_id == user_id)
        return int(await self._session.scalar(total) or 0)

    async def lock_ticket(self, ticket_id: int) -> None:
        """Wait for whoever is changing a ticket, and keep others from it until the unit of work ends."""
        await self._session.execute(select(Ticket.id).where(Ticket.id == ticket_id).with_for_update())

    async def remove_from_place(self, file_id: int) -> str | None:
        """Delete a file's row and free its place in one statement; its path, or `None` when it was gone already."""
        gone = (
            delete(Attachment)
            .where(Attachment.id == file_id)
            .returning(Attachment.ticket_id, Attachment.path)
            .cte("gone")
        )
        freed = (
            update(Ticket)
            .where(Ticket.id == gone.c.ticket_id)
            .values(file_count=Ticket.file_count - 1)
            .returning(gone.c.path)
            .execution_options(synchronize_session=False)
        )
        path: str | None = await self._session.scalar(freed)
        return path

    async def paths_of_ticket(self, ticket_id: int) -> list[str]:
        """Where every file of a ticket is stored."""
        return list(await self._session.scalars(select(Attachment.path).where(Attachment.ticket_id == ticket_id)))

    async def wait_for_writers(self) -> None:
        """Wait for whoever is writing rows of files, and keep others from beginning until the unit of work ends."""
        await self._session.execute(text("LOCK TABLE attachments IN SHARE MODE"))

    def _attachments(self, actor: Actor) -> Select[Attachment]:
        """With what they hang on, as far as to tell whether that is a reply."""
        query = select(Attachment).options(joinedload(Attachment.followup).load_only(FollowUp.is_reply))
        return query.where(Attachment.followup_id.is_not(None), visible_attachments(actor))

    def _uploads(self, actor: Actor) -> Select[Attachment]:
        return (
            select(Attachment)
            .join(Ticket, Ticket.id == Attachment.ticket_id)
            .where(Ticket.kind == "upload", visible_tickets(actor))
        )
