"""Tickets of both kinds, in one table and one id sequence."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, SmallInteger, String, Text, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk_api.db.base import Base
from helpdesk_api.models.attachment import Attachment
from helpdesk_api.models.followup import FollowUp
from helpdesk_api.models.queue import Queue
from helpdesk_api.models.user import User

_IS_OPEN = "tickets.kind = 'support' AND tickets.status IN (1, 2)"
# Which tickets are in a stage (`domain/tickets/stages.py`), and how far an upload ticket is. Each has an index of its
# own, and every ticket stands in one of them, so that together they cost a new ticket as much as one index does.
IN_STAGE = {
    1: f"{_IS_OPEN} AND NOT tickets.on_hold AND tickets.assignee_id IS NULL",
    2: "tickets.kind = 'support' AND tickets.status IN (3, 4, 5)",
    3: f"{_IS_OPEN} AND NOT tickets.on_hold AND tickets.assignee_id IS NOT NULL",
    4: f"{_IS_OPEN} AND tickets.on_hold",
}
IS_PENDING = "tickets.kind = 'upload' AND tickets.file_count = 0"
IS_IN_PROGRESS = "tickets.kind = 'upload' AND tickets.file_count > 0 AND tickets.file_count < tickets.file_limit"
IS_COMPLETED = "tickets.kind = 'upload' AND tickets.file_count = tickets.file_limit"


def _ids_where(name: str, condition: str) -> Index:
    return Index(name, "id", postgresql_where=text(condition.replace("tickets.", "")))


# What people are filtered by comes with what else is asked of them, so that their tickets need not be looked at.
_WITH = ["kind", "status", "priority", "created_at"]
# A page's ids come from one of these alone, in their order; `kind` stands in them for lists of one kind.
LIST_INDEXES = (
    Index("ix_tickets_kind", "kind", "id"),
    Index("ix_tickets_creator_id", "creator_id", "kind", "id"),
    Index("ix_tickets_queue_id", "queue_id", "id", postgresql_include=["kind", "status"]),
    Index("ix_tickets_status", "status", "id", postgresql_where=text("kind = 'support'")),
    Index("ix_tickets_priority", "priority", "id", postgresql_where=text("kind = 'support'")),
    Index(
        "ix_tickets_assignee_id",
        "assignee_id",
        "id",
        # Whoever is assigned may have opened it themselves: with both asked for, it counts once.
        postgresql_include=[*_WITH, "creator_id"],
        postgresql_where=text("assignee_id IS NOT NULL"),
    ),
    Index(
        "ix_tickets_submitter_email",
        "submitter_email",
        "id",
        postgresql_include=_WITH,
        postgresql_where=text("submitter_email <> ''"),
    ),
    Index("ix_tickets_created_at", "created_at", "id", postgresql_include=["kind"]),
    _ids_where("ix_tickets_on_hold", "kind = 'support' AND on_hold"),
    _ids_where("ix_tickets_stage_open", IN_STAGE[1]),
    _ids_where("ix_tickets_stage_closed", IN_STAGE[2]),
    _ids_where("ix_tickets_stage_in_work", IN_STAGE[3]),
    _ids_where("ix_tickets_stage_awaiting", IN_STAGE[4]),
    _ids_where("ix_tickets_pending", IS_PENDING),
    _ids_where("ix_tickets_in_progress", IS_IN_PROGRESS),
    _ids_where("ix_tickets_completed", IS_COMPLETED),
)


class Ticket(Base):
    """An upload ticket (a limit and files) or a support ticket (a conversation in a queue)."""

    __tablename__ = "tickets"
    __table_args__ = (
        CheckConstraint("kind IN ('upload', 'support')", name="kind"),
        CheckConstraint(
            "kind <> 'upload' OR (file_limit >= 1 AND file_count BETWEEN 0 AND file_limit)", name="upload_places"
        ),
        CheckConstraint(
            "kind <> 'support' OR (queue_id IS NOT NULL AND title IS NOT NULL AND description IS NOT NULL"
            " AND submitter_email IS NOT NULL AND status BETWEEN 1 AND 5 AND priority BETWEEN 1 AND 5)",
            name="support_fields",
        ),
        CheckConstraint("merged_to_id <> id", name="not_merged_into_itself"),
        *LIST_INDEXES,
        Index("ix_tickets_merged_to_id", "merged_to_id", postgresql_where=text("merged_to_id IS NOT NULL")),
        Index("ix_tickets_search", "search", postgresql_using="gin"),
        Index(
            "ix_tickets_custom_values",
            "custom_values",
            postgresql_using="gin",
            postgresql_ops={"custom_values": "jsonb_path_ops"},
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Literal["upload", "support"]] = mapped_column(String(7))
    creator_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    modified_at: Mapped[datetime | None]
    modified_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)

    # Upload tickets. The count moves in the same statement that adds or removes a file.
    file_limit: Mapped[int | None]
    file_count: Mapped[int] = mapped_column(server_default="0")

    # Support tickets
    queue_id: Mapped[int | None] = mapped_column(ForeignKey("queues.id"))
    title: Mapped[str | None] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(Text)
    resolution: Mapped[str | None] = mapped_column(Text)
    submitter_email: Mapped[str | None] = mapped_column(String(254))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    status: Mapped[int | None] = mapped_column(SmallInteger)
    on_hold: Mapped[bool] = mapped_column(server_default="false")
    priority: Mapped[int | None] = mapped_column(SmallInteger)
    due_date: Mapped[datetime | None]
    merged_to_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id", ondelete="SET NULL"))
    custom_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # The last change anybody made, and how many replies there are: Flicket sorts by both.
    last_activity_at: Mapped[datetime] = mapped_column(server_default=func.now())
    reply_count: Mapped[int] = mapped_column(server_default="0")
    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        # PostgreSQL refuses a tsvector over 1 MiB: the first 200,000 characters are searched.
        Computed(
            "to_tsvector('simple', left(coalesce(title, '') || ' ' || coalesce(description, ''), 200000))",
            persisted=True,
        ),
        deferred=True,
        deferred_raiseload=True,
    )

    creator: Mapped[User] = relationship(lazy="raise", foreign_keys=creator_id)
    assignee: Mapped[User | None] = relationship(lazy="raise", foreign_keys=assignee_id)
    queue: Mapped[Queue | None] = relationship(lazy="raise")
    followups: Mapped[list[FollowUp]] = relationship(lazy="raise", order_by=FollowUp.id, viewonly=True)
    files: Mapped[list[Attachment]] = relationship(lazy="raise", order_by=Attachment.id, viewonly=True)
