"""What a caller hands in about follow-ups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict


@dataclass(frozen=True, slots=True)
class NewFollowUp:
    """Something to say on a support ticket. Without a title it gets the ticket's; a plain user's is always public."""

    ticket_id: int
    comment: str = ""
    title: str | None = None
    public: bool = False
    new_status: int | None = None
    time_spent: timedelta | None = None


class FollowUpChanges(TypedDict, total=False):
    """A partial change of a follow-up: what is not named stays, and the ticket's status stays in any case."""

    title: str
    comment: str
    public: bool
    new_status: int | None
    time_spent: timedelta | None
    message_id: str | None
