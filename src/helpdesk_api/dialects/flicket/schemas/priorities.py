"""A ticket's priority on the wire: one of three, for the five that are stored."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, Field

from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.domain.tickets.stages import Urgency

PRIORITY_NAMES: Mapping[Urgency, str] = {Urgency.LOW: "low", Urgency.MEDIUM: "medium", Urgency.HIGH: "high"}


class PriorityLinks(BaseModel):
    """Where to go from a priority."""

    priorities: str = Field(examples=["http://localhost:5000/flicket-api/priorities/"])
    self_: str = Field(serialization_alias="self", examples=["http://localhost:5000/flicket-api/priority/1"])


class PriorityOut(BaseModel):
    """A priority a ticket can have."""

    id: int = Field(examples=[1])
    links: PriorityLinks
    priority: str = Field(examples=["low"])

    @classmethod
    def of(cls, urgency: Urgency, urls: Urls) -> PriorityOut:
        """The wire form of an urgency."""
        own, every = urls.to("flicket:priority", priority_id=urgency.value), urls.to("flicket:priorities")
        return cls(id=urgency.value, links=PriorityLinks(self_=own, priorities=every), priority=PRIORITY_NAMES[urgency])
