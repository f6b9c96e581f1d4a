"""What has to be known of tickets, follow-ups and people to write to somebody about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

# Characters of a description or a reply that an e-mail repeats.
LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """A support ticket, with its queue."""

    id: int
    title: str
    description: str
    status: int
    submitter_email: str
    created_at: datetime
    queue: str
    queue_title: str
    queue_address: str


@dataclass(frozen=True, slots=True)
class FollowUpFacts:
    """A public follow-up, with the names of its files."""

    id: int
    comment: str
    new_status: int | None
    files: Sequence[str]


@dataclass(frozen=True, slots=True)
class Person:
    """A user, as far as writing to them goes."""

    id: int
    name: str
    email: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a batch of events is about; what is gone meanwhile is not in it."""

    tickets: Mapping[int, TicketFacts]
    followups: Mapping[int, FollowUpFacts]
    people: Mapping[int, Person]
    subscribers: Mapping[int, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Noted:
    """Who is written to about a follow-up."""

    ticket_id: int
    followup_id: int
    addresses: Sequence[str]
