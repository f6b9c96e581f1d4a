"""The record of changes: texts before an edit, and who did what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_api.db.base import Base


class Revision(Base):
    """A text as it was before somebody edited it: a ticket's description or a follow-up's comment."""

    __tablename__ = "revisions"
    __table_args__ = (
        Index("ix_revisions_ticket_id", "ticket_id", "id"),
        Index("ix_revisions_followup_id", "followup_id", "id", postgresql_where=text("followup_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    followup_id: Mapped[int | None] = mapped_column(ForeignKey("followups.id", ondelete="CASCADE"))
    # Who had left the text so; who changed it then is in the event.
    editor_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    content: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Event(Base):
    """Something that happened, written in the transaction that did it.

    Ids of tickets, follow-ups and users are plain numbers: an event outlives what it tells of.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_ticket_id", "ticket_id", "id"),
        Index("ix_events_unnumbered", "id", postgresql_where=text("sequence IS NULL")),
        # Those that nobody has numbered are left out: the sequencer pays for it, not whoever makes the change.
        Index("ix_events_type", "type", "sequence", postgresql_where=text("sequence IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Given after the commit, without gaps, by one sequencer.
    sequence: Mapped[int | None] = mapped_column(unique=True)
    type: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int | None]
    ticket_id: Mapped[int | None]
    followup_id: Mapped[int | None]
    # The user it was done to: the assignee, the subscriber.
    recipient_id: Mapped[int | None]
    changes: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    request_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
