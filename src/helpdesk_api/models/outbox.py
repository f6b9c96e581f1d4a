"""What is told to others: webhooks, deliveries with their attempts, and when periodic work was last done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_api.db.base import Base

_PENDING = text("state = 'pending'")


class Webhook(Base):
    """An address that is told of events by HTTP."""

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str] = mapped_column(String(200), server_default="")
    # Types of events; none named means all.
    events: Mapped[list[str]] = mapped_column(ARRAY(String(40)), server_default="{}")
    active: Mapped[bool] = mapped_column(server_default="true")
    secret: Mapped[str] = mapped_column(String(200))
    # After a rotation both sign, until this one ends.
    previous_secret: Mapped[str | None] = mapped_column(String(200))
    previous_secret_until: Mapped[datetime | None]
    # Why the service itself has switched it off.
    disabled_reason: Mapped[str | None] = mapped_column(Text)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Delivery(Base):
    """One thing to be told to one recipient: planned when its event is numbered, kept for a while once finished."""

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'delivered', 'failed')", name="state"),
        Index("ix_deliveries_pending", "lane", "id", postgresql_where=_PENDING),
        Index("ix_deliveries_due", "channel", "next_attempt_at", "id", postgresql_where=_PENDING),
        Index("ix_deliveries_webhook_id", "webhook_id", "id"),
        Index("ix_deliveries_finished_at", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    # Order is kept within a lane: of its pending ones only the first is sent.
    lane: Mapped[str] = mapped_column(String(100))
    # Plain numbers: a delivery may tell of no event (a test), and outlive the one it tells of.
    event_id: Mapped[int | None]
    sequence: Mapped[int | None]
    webhook_id: Mapped[int | None] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    recipient: Mapped[str | None] = mapped_column(String(254))
    # Fixed when it is planned, so that every attempt sends the same.
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default="0")
    # Also the end of the lease while somebody is sending it.
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class DeliveryAttempt(Base):
    """How one attempt ended."""

    __tablename__ = "delivery_attempts"
    __table_args__ = (Index("ix_delivery_attempts_delivery_id", "delivery_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"))
    # When it began.
    at: Mapped[datetime]
    duration_ms: Mapped[int]
    # Null where nothing was answered, and for mail.
    status_code: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(Text)
    # The beginning of what was answered.
    response: Mapped[str] = mapped_column(String(1000), server_default="")


class PeriodicRun(Base):
    """When a piece of periodic work was last done, by whichever process."""

    __tablename__ = "periodic_runs"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    finished_at: Mapped[datetime]
