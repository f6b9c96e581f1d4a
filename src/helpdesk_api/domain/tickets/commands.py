"""What a caller hands in about tickets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class UploadStatus(StrEnum):
    """How far an upload ticket is; it follows from its files and is never set by hand."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN PROGRESS"
    COMPLETED = "COMPLETED"


# The most places an upload ticket can have.
LARGEST_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets a list is asked for; everything left out matches all.

    `start_date` and `end_date` are days in UTC, both included.
    """

    kinds: frozenset[str] = field(default_factory=lambda: frozenset(("upload", "support")))
    upload_statuses: frozenset[UploadStatus] | None = None
    statuses: frozenset[int] | None = None
    start_date: date | None = None
    end_date: date | None = None
