"""Accounts: who may sign in, and as what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, func
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_api.db.base import Base


class User(Base):
    """A person or service that signs in. Admins are superusers, agents are staff."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(150), unique=True)
    first_name: Mapped[str] = mapped_column(String(150), server_default="")
    last_name: Mapped[str] = mapped_column(String(150), server_default="")
    email: Mapped[str] = mapped_column(String(254), server_default="", index=True)
    password_hash: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default="true")
    is_staff: Mapped[bool] = mapped_column(server_default="false")
    is_superuser: Mapped[bool] = mapped_column(server_default="false")
    job_title: Mapped[str | None] = mapped_column(String(64))
    avatar: Mapped[str | None] = mapped_column(String(300), unique=True)
    # Kept with each change, recounted by the command line: what they opened and replied, and what is assigned to them.
    total_posts: Mapped[int] = mapped_column(server_default="0")
    total_assigned: Mapped[int] = mapped_column(server_default="0")
    date_joined: Mapped[datetime] = mapped_column(server_default=func.now())
    # When they last came with a password or a token, as far as it is written down: at most once an hour.
    last_login: Mapped[datetime | None]
