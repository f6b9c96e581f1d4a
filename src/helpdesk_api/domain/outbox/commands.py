"""What goes in and out of the outbox: deliveries to be planned, those to be sent, and how sending them ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from helpdesk_api.db.session import Session
from helpdesk_api.models import Event


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery to be made; `payload` is all that its channel will need, and JSON."""

    channel: str
    # Order is kept within a lane, such as `webhook:7:ticket:12`.
    lane: str
    payload: Mapping[str, Any]
    event_id: int | None = None
    sequence: int | None = None
    webhook_id: int | None = None
    recipient: str | None = None


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery that is to be sent now, and by nobody else until its lease ends."""

    id: int
    channel: str
    lane: str
    payload: dict[str, Any]
    event_id: int | None
    sequence: int | None
    webhook_id: int | None
    recipient: str | None
    # Which attempt this is: 1 is the first.
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived."""

    status_code: int | None = None
    response: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """It did not arrive, and may later: `after` as many seconds, or when the schedule says."""

    error: str
    status_code: int | None = None
    response: str = ""
    after: float | None = None


@dataclass(frozen=True, slots=True)
class GiveUp:
    """It did not arrive and never will."""

    error: str
    status_code: int | None = None
    response: str = ""


Outcome = Sent | Retry | GiveUp


class Channel(Protocol):
    """A way to send. It raises nothing for what can go wrong with a recipient: that is `Retry` or `GiveUp`."""

    @property
    def name(self) -> str:
        """The `channel` of its deliveries."""

    @property
    def lease_seconds(self) -> float:
        """How long a delivery is left to whoever took it: longer than `send` ever takes."""

    async def send(self, delivery: DueDelivery) -> Outcome:
        """Send it once. No transaction is open meanwhile."""


# Which deliveries events call for. It runs in the transaction that numbers them: it reads, and raises nothing.
Planner = Callable[[Session, Sequence[Event]], Awaitable[Sequence[NewDelivery]]]
