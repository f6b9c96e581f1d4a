"""Deliveries to webhooks on the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from helpdesk_api.domain.webhooks.deliveries import Report
from helpdesk_api.models import DeliveryAttempt

BODY = '{"type":"ticket.closed","timestamp":"2026-01-31T12:00:00Z","data":{"sequence":12}}'


class AttemptOut(BaseModel):
    """How one attempt ended."""

    at: datetime = Field(description="When it began.", examples=["2026-01-31T12:00:01Z"])
    duration_ms: int = Field(examples=[42])
    status_code: int | None = Field(description="What the receiver answered, if it did.", examples=[503])
    error: str | None = Field(examples=["The receiver answered 503."])
    response: str = Field(description="The beginning of its answer's body.", examples=["Down for maintenance."])

    @classmethod
    def of(cls, attempt: DeliveryAttempt) -> AttemptOut:
        """The wire form of an attempt."""
        return cls(**{name: getattr(attempt, name) for name in cls.model_fields})


class DeliveryOut(BaseModel):
    """A message to a webhook, sent or to be sent."""

    id: int = Field(examples=[1])
    message_id: str = Field(
        description="`webhook-id`, the same for each attempt and redelivery.", examples=["msg_0123456789abcdef"]
    )
    type: str = Field(description="The type of the event.", examples=["ticket.closed"])
    sequence: int | None = Field(description="The number of the event.", examples=[12])
    state: str = Field(description="pending, delivered or failed.", examples=["pending"])
    attempts: list[AttemptOut]
    next_attempt_at: datetime | None = Field(
        description="When a pending one is sent next, or, while that happens, would be again.",
        examples=["2026-01-31T12:00:06Z"],
    )
    last_error: str | None = Field(examples=["The receiver answered 503."])
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])
    finished_at: datetime | None = Field(examples=[None])
    body: str = Field(description="What is signed and sent.", examples=[BODY])

    @classmethod
    def of(cls, report: Report) -> DeliveryOut:
        """The wire form of a delivery."""
        delivery = report.delivery
        return cls(
            id=delivery.id,
            message_id=delivery.payload["id"],
            type=delivery.payload["type"],
            sequence=delivery.sequence,
            state=delivery.state,
            attempts=[AttemptOut.of(attempt) for attempt in report.attempts],
            next_attempt_at=delivery.next_attempt_at if delivery.state == "pending" else None,
            last_error=delivery.last_error,
            created_at=delivery.created_at,
            finished_at=delivery.finished_at,
            body=delivery.payload["body"],
        )
