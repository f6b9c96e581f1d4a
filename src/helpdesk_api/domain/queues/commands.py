"""What a caller hands in about queues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict


@dataclass(frozen=True, slots=True)
class NewQueue:
    """A queue to make. Without a slug it gets one from its title, without a department the first one there is."""

    title: str
    slug: str | None = None
    department_id: int | None = None
    default_assignee_id: int | None = None
    email_address: str = ""
    is_active: bool = True


class QueueChanges(TypedDict, total=False):
    """A partial change of a queue: what is not named stays."""

    title: str
    slug: str
    department_id: int
    default_assignee_id: int | None
    email_address: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which queues are wanted; everything left out matches all. `label` is a part of "Department / Queue"."""

    department_id: int | None = None
    department: str | None = None
    department_in_any_case: str | None = None
    label: str | None = None
