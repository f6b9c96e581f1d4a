"""Counts of what is limited by time, where several processes share them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_api.db.base import Base


class RateLimit(Base):
    """How often something happened in the window that ends at `expires_at`.

    The table is not logged: it is quick to write, and after a crash of the server it is empty, which only means that
    every count begins anew.
    """

    __tablename__ = "rate_limits"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    hits: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)
