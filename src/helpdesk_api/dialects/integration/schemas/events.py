"""Events as they go over the wire, and what may be asked of them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from helpdesk_api.domain.events.types import EVENT_TYPES


class ActorOut(TypedDict):
    """Who did it."""

    id: int
    username: Annotated[str | None, Field(description="Null once the account is deleted.", examples=["agent"])]


class EventTicketOut(TypedDict):
    """The ticket it was done to, as it is now."""

    id: int
    kind: Annotated[str | None, Field(description="`upload` or `support`; null once it is deleted.")]
    title: Annotated[str | None, Field(description="Null for upload tickets, and once it is deleted.")]


class EventOut(TypedDict):
    """Something that happened."""

    sequence: Annotated[int, Field(description="Its place among all events: 1, 2, 3, with no gaps.", examples=[12])]
    type: Annotated[str, Field(examples=["ticket.closed"])]
    timestamp: Annotated[str, Field(description="When, in UTC.", examples=["2026-11-29T16:42:41.123456Z"])]
    actor: Annotated[ActorOut | None, Field(description="Null for nobody in particular, such as a command.")]
    ticket: EventTicketOut | None
    followup: Annotated[int | None, Field(description="The follow-up's id.", examples=[7])]
    recipient: Annotated[int | None, Field(description="The id of the user it was done to.", examples=[None])]
    changes: Annotated[
        dict[str, Any],
        Field(description='Each changed field as `{"from": ..., "to": ...}`, or what is worth knowing.'),
    ]
    request_id: Annotated[str | None, Field(description="The `X-Request-ID` of the request that did it.")]


class EventPageOut(TypedDict):
    """Some events, in order."""

    next: Annotated[str | None, Field(description="Where to read on; null when there is nothing more by now.")]
    results: list[EventOut]


_TYPES = f"Only these types, separated by commas: {', '.join(sorted(EVENT_TYPES))}."


class EventQuery(BaseModel):
    """What a list of events may be asked for."""

    after: str | None = Field(None, description="The number to read on after; 0 is the beginning.", examples=["0"])
    limit: str | None = Field(None, description="At most so many: 1 to 1000, 100 by default.", examples=["100"])
    type: str | None = Field(None, description=_TYPES, examples=["ticket.created,ticket.closed"])
    ticket: str | None = Field(None, description="Only this ticket's.", examples=["1"])


class StreamQuery(BaseModel):
    """What a stream of events may be asked for."""

    after: str | None = Field(
        None,
        description="The number to begin after; without it, only what happens from now on comes. A `Last-Event-ID` "
        "in the head, as browsers send it when they connect again, goes before it.",
        examples=["0"],
    )
    type: str | None = Field(None, description=_TYPES, examples=["ticket.created,ticket.closed"])
    ticket: str | None = Field(None, description="Only this ticket's.", examples=["1"])
