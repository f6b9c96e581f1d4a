"""What is said on a support ticket."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, SmallInteger, String, Text, and_, func, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from helpdesk_api.db.base import Base
from helpdesk_api.models.attachment import Attachment


class FollowUp(Base):
    """An entry of a ticket's conversation; the opening one repeats the description."""

    __tablename__ = "followups"
    __table_args__ = (
        CheckConstraint("new_status BETWEEN 1 AND 5", name="new_status"),
        Index("ix_followups_ticket_id", "ticket_id", "id"),
        Index("ix_followups_author_id", "author_id", "id"),
        # An opening says what the ticket itself says, which has an index of its own.
        Index("ix_followups_search", "search", postgresql_using="gin", postgresql_where=text("NOT is_opening")),
        Index("uq_followups_opening", "ticket_id", unique=True, postgresql_where=text("is_opening")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    is_opening: Mapped[bool] = mapped_column(server_default="false")
    title: Mapped[str] = mapped_column(String(200))
    comment: Mapped[str] = mapped_column(Text, server_default="")
    public: Mapped[bool] = mapped_column(server_default="false")
    new_status: Mapped[int | None] = mapped_column(SmallInteger)
    time_spent: Mapped[timedelta | None]
    message_id: Mapped[str | None] = mapped_column(String(256))
    # Who was written to about it; null where the question never came up.
    email_recipients: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    modified_at: Mapped[datetime | None]
    modified_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed("to_tsvector('simple', left(comment, 200000))", persisted=True),
        deferred=True,
        deferred_raiseload=True,
    )

    # What people wrote after the opening; a follow-up that says nothing only carries a change or files.
    is_reply: Mapped[bool] = column_property(and_(~is_opening, comment != ""), deferred=True, raiseload=True)

    # Attachments of a follow-up stand in the order of their names, as django-helpdesk's do.
    attachments: Mapped[list[Attachment]] = relationship(
        lazy="raise", order_by=(Attachment.filename, Attachment.id), viewonly=True
    )
