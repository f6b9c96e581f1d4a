"""How many tickets there are, kept by the database itself."""

from __future__ import annotations

from sqlalchemy import SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_api.db.base import Base


class TicketCount(Base):
    """So many tickets of a kind, queue and status came (or, below zero, went); the sum of all rows is the count.

    Triggers on `tickets` write a row per statement, so that no two writers wait for each other; every few hundred
    statements one folds rows that belong together. Zero stands for the queue and the status of an upload ticket.
    """

    __tablename__ = "ticket_counts"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(7))
    queue_id: Mapped[int]
    status: Mapped[int] = mapped_column(SmallInteger)
    tickets: Mapped[int]
