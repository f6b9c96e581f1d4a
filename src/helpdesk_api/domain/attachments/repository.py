"""Queries on files; each read starts from what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, insert, literal, select, text, update

from helpdesk_api.db.paginate import fetch_page
from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import visible_attachments, visible_tickets
from helpdesk_api.models import Attachment, Ticket
from helpdesk_api.paging import Page, PageRequest


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

    async def get_upload_ticket(self, ticket_id: int, actor: Actor) -> Ticket | None:
        """The upload ticket a file is meant for."""
        query = select(Ticket).where(Ticket.id == ticket_id, Ticket.kind == "upload", visible_tickets(actor))
        return await self._session.scalar(query)

    async def add_to_place(self, ticket_id: int, values: dict[str, Any]) -> int | None:
        """Take a place of an upload ticket and store the file's row in it: one statement, so no racer gets in between.

        The new row's id; `None` when no place is left, or no such ticket.
        """
        place = (
            update(Ticket)
            .where(Ticket.id == ticket_id, Ticket.kind == "upload", Ticket.file_count < Ticket.file_limit)
            .values(file_count=Ticket.file_count + 1)
            .returning(Ticket.id)
            .cte("place")
        )
        columns = ["ticket_id", *values]
        row = select(place.c.id, *(literal(value, Attachment.__table__.c[name].type) for name, value in values.items()))
        return await self._session.scalar(insert(Attachment).from_select(columns, row).returning(Attachment.id))

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

    async def known_paths(self, paths: Sequence[str]) -> set[str]:
        """Those of the paths that belong to a row."""
        return set(await self._session.scalars(select(Attachment.path).where(Attachment.path.in_(paths))))

    def _uploads(self, actor: Actor) -> Select[Attachment]:
        return (
            select(Attachment)
            .join(Ticket, Ticket.id == Attachment.ticket_id)
            .where(Ticket.kind == "upload", visible_tickets(actor))
        )
