"""A ticket's status on the wire: one of four, derived from what is stored."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, Field

from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.domain.tickets.stages import Stage

STATUS_NAMES: Mapping[Stage, str] = {
    Stage.OPEN: "Open",
    Stage.CLOSED: "Closed",
    Stage.IN_WORK: "In Work",
    Stage.AWAITING_INFORMATION: "Awaiting Information",
}


class StatusLinks(BaseModel):
    """Where to go from a status."""

    self_: str = Field(serialization_alias="self", examples=["http://localhost:5000/flicket-api/status/1"])
    statuses: str = Field(examples=["http://localhost:5000/flicket-api/statuses/"])


class StatusOut(BaseModel):
    """A status a ticket can have."""

    id: int = Field(examples=[1])
    links: StatusLinks
    status: str = Field(examples=["Open"])

    @classmethod
    def of(cls, stage: Stage, urls: Urls) -> StatusOut:
        """The wire form of a stage."""
        own, every = urls.to("flicket:status", status_id=stage.value), urls.to("flicket:statuses")
        return cls(id=stage.value, links=StatusLinks(self_=own, statuses=every), status=STATUS_NAMES[stage])
