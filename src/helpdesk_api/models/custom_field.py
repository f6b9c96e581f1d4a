"""Definitions of the extra fields a team gives its support tickets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, SmallInteger, String, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_api.db.base import Base

DATA_TYPES = (
    "varchar",
    "text",
    "integer",
    "decimal",
    "list",
    "boolean",
    "date",
    "time",
    "datetime",
    "email",
    "url",
    "ipaddress",
    "slug",
)


class CustomField(Base):
    """One extra field; its values are in `Ticket.custom_values` under the field's id."""

    __tablename__ = "custom_fields"
    __table_args__ = (CheckConstraint("data_type IN ({})".format(", ".join(map(repr, DATA_TYPES))), name="data_type"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50), unique=True)
    label: Mapped[str] = mapped_column(String(200))
    help_text: Mapped[str] = mapped_column(Text, server_default="")
    data_type: Mapped[str] = mapped_column(String(20))
    max_length: Mapped[int | None]
    decimal_places: Mapped[int | None] = mapped_column(SmallInteger)
    empty_selection_list: Mapped[bool] = mapped_column(server_default="false")
    list_values: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    ordering: Mapped[int | None]
    required: Mapped[bool] = mapped_column(server_default="false")
    staff_only: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    modified_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
