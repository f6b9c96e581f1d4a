"""Files: what an upload ticket collects and what hangs on a follow-up."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, LargeBinary, String, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk_api.db.base import Base

if TYPE_CHECKING:
    from helpdesk_api.models.followup import FollowUp


class Attachment(Base):
    """A stored file. `path` is relative to the media folder and never taken from a client."""

    __tablename__ = "attachments"
    __table_args__ = (
        Index("ix_attachments_ticket_id", "ticket_id", "id"),
        Index("ix_attachments_followup_id", "followup_id", postgresql_where=text("followup_id IS NOT NULL")),
        Index("ix_attachments_filename", "filename", "id"),
        Index("ix_attachments_uploader_id", "uploader_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    followup_id: Mapped[int | None] = mapped_column(ForeignKey("followups.id", ondelete="CASCADE"))
    uploader_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    path: Mapped[str] = mapped_column(String(500), unique=True)
    # A short name that says nothing, for addresses such as Flicket's.
    short_name: Mapped[str | None] = mapped_column(String(40), unique=True)
    filename: Mapped[str] = mapped_column(String(1000))
    mime_type: Mapped[str] = mapped_column(String(255))
    size: Mapped[int]
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    followup: Mapped[FollowUp | None] = relationship(lazy="raise", viewonly=True)
