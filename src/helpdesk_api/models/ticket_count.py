"""How many tickets there are, kept by the database itself."""

from __future__ import annotations

from sqlalchemy import Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk_api.db.base import Base


class TicketCount(Base):
    """So many tickets of a kind, queue, status and stage came (or, below zero, went); the sum of all rows is the count.

    Triggers on `tickets` write a row per statement, so that no two writers wait for each other; every few hundred
    statements one folds rows that belong together. Zero stands for the queue and the status of an upload ticket;
    its stage is how far it is: 1 pending, 2 in progress, 3 completed. A support ticket's is that of `stages.stage_of`.
    """

    __tablename__ = "ticket_counts"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(7))
    queue_id: Mapped[int]
    status: Mapped[int] = mapped_column(SmallInteger)
    stage: Mapped[int] = mapped_column(SmallInteger)
    tickets: Mapped[int]


class TicketBlock(Base):
    """So many tickets of a kind came or went among 1024 ids that follow one another; kept as `TicketCount` is."""

    __tablename__ = "ticket_blocks"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(7))
    block: Mapped[int]
    tickets: Mapped[int]


class ReaderCount(Base):
    """So many tickets came to be seen by a user, by whoever has an address, or are to be taken off as seen by both.

    What a plain user sees is the sum of the rows under their id, under their address, and under both; `own` counts
    those they opened or requested. Where there is no user, `user_id` is 0. Triggers on `tickets` and `subscriptions`
    write the rows.
    """

    __tablename__ = "reader_counts"
    __table_args__ = (Index("ix_reader_counts_user_id", "user_id", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    email: Mapped[str] = mapped_column(String(254))
    kind: Mapped[str] = mapped_column(String(7))
    tickets: Mapped[int]
    own: Mapped[int]
