"""What a caller hands in about tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any, TypedDict


class UploadStatus(StrEnum):
    """How far an upload ticket is; it follows from its files and is never set by hand."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN PROGRESS"
    COMPLETED = "COMPLETED"


class Status(IntEnum):
    """How far a support ticket is, as it is stored."""

    OPEN = 1
    REOPENED = 2
    RESOLVED = 3
    CLOSED = 4
    DUPLICATE = 5


# A ticket with one of these is closed, whatever else is true of it.
CLOSED_STATUSES = frozenset((Status.RESOLVED, Status.CLOSED, Status.DUPLICATE))
PRIORITIES: Mapping[int, str] = {1: "Critical", 2: "High", 3: "Normal", 4: "Low", 5: "Very Low"}
DEFAULT_PRIORITY = 3
# One kind of ticket only.
SUPPORT = frozenset(("support",))
UPLOAD = frozenset(("upload",))
# The most places an upload ticket can have.
LARGEST_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A support ticket to open. Without a submitter's address it gets the opener's own.

    `custom_values` are stored values by field id, as `custom_fields.values` reads them.
    """

    queue_id: int
    title: str
    description: str = ""
    submitter_email: str | None = None
    assignee_id: int | None = None
    priority: int = DEFAULT_PRIORITY
    due_date: datetime | None = None
    custom_values: Mapping[str, Any] = field(default_factory=dict)


class TicketChanges(TypedDict, total=False):
    """A partial change of a support ticket: what is not named stays. `custom_values` are merged, null clears one."""

    queue_id: int
    title: str
    description: str
    resolution: str | None
    submitter_email: str
    assignee_id: int | None
    status: int
    on_hold: bool
    priority: int
    due_date: datetime | None
    merged_to_id: int | None
    custom_values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets a list is asked for; everything left out matches all.

    `start_date` and `end_date` are days in UTC, both included. `stages` are those of `stages.py`. `concerns_id` is a
    user who opened it or is assigned. `search` words are looked for, as beginnings, in titles, descriptions and visible
    comments. `custom_values` are stored values by field id. `order` names columns of `ordering.py`, `-` reverses.
    """

    kinds: frozenset[str] = field(default_factory=lambda: frozenset(("upload", "support")))
    upload_statuses: frozenset[UploadStatus] | None = None
    statuses: frozenset[int] | None = None
    start_date: date | None = None
    end_date: date | None = None
    queue_ids: frozenset[int] | None = None
    assignee_ids: frozenset[int] | None = None
    priorities: frozenset[int] | None = None
    on_hold: bool | None = None
    submitter_email: str | None = None
    search: str | None = None
    custom_values: Mapping[str, Any] = field(default_factory=dict)
    department: str | None = None
    queue_title: str | None = None
    stages: frozenset[int] | None = None
    concerns_id: int | None = None
    order: tuple[str, ...] = ("id",)
