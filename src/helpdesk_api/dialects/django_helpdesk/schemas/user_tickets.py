"""A user's own support tickets on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from helpdesk_api.domain.custom_fields.values import wire_values
from helpdesk_api.domain.tickets.commands import Status
from helpdesk_api.models import CustomField, Ticket


class QueueName(BaseModel):
    """A queue by its name."""

    title: str = Field(examples=["Billing"])
    id: int = Field(examples=[2])


class UserTicketOut(BaseModel):
    """A ticket as its requester sees it. Custom fields come last, but for those that are staff's alone."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")

    ticket: str = Field(description="What people call it.", examples=["3 [billing-3]"])
    id: int = Field(examples=[3])
    title: str = Field(examples=["Wrong amount"])
    queue: QueueName
    status: str = Field(description="Open, Reopened, Resolved, Closed or Duplicate.", examples=["Open"])
    created: datetime = Field(examples=["2026-01-05T12:30:15.123456Z"])
    due_date: datetime | None = Field(examples=[None])
    submitter: str = Field(examples=["jblogs@example.com"])
    kbitem: str = Field(description="Always blank: there is no knowledge base.", examples=[""])

    @classmethod
    def of(cls, ticket: Ticket, definitions: Sequence[CustomField]) -> UserTicketOut:
        """The wire form of a user's own ticket."""
        queue = ticket.queue
        assert queue is not None and ticket.status is not None  # noqa: S101, PT018  (a constraint of the table)
        return cls(
            ticket=f"{ticket.id} [{queue.slug}-{ticket.id}]",
            id=ticket.id,
            title=ticket.title or "",
            queue=QueueName(title=queue.title, id=queue.id),
            status=Status(ticket.status).name.title(),
            created=ticket.created_at,
            due_date=ticket.due_date,
            submitter=ticket.submitter_email or "",
            kbitem="",
            **wire_values(definitions, ticket.custom_values, staff=False),
        )
