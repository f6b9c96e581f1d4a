"""Who follows which ticket."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk_api.db.base import Base
from helpdesk_api.models.user import User


class Subscription(Base):
    """One user following one support ticket."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("ticket_id", "user_id"),
        Index("ix_subscriptions_user_id", "user_id", "ticket_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    # False for somebody who follows the ticket only because of what they said on it in private.
    public: Mapped[bool] = mapped_column(server_default="true")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    user: Mapped[User] = relationship(lazy="raise")
