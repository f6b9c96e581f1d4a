"""Support tickets on the wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, NotRequired

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from helpdesk_api.dialects.flicket.body import FlicketBody
from helpdesk_api.dialects.flicket.dates import HttpDate, http_date, http_date_or_none
from helpdesk_api.dialects.flicket.fields import Id, Text
from helpdesk_api.dialects.flicket.markdown import ContentHtml
from helpdesk_api.dialects.wire.enumerations import ENUMERATION, MEMBERS
from helpdesk_api.dialects.wire.fields import wrong
from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.domain.tickets.commands import DEFAULT_PRIORITY, NewTicket, Status, TicketChanges
from helpdesk_api.domain.tickets.stages import Stage, State, Urgency, priority_of, stage_of, urgency_of
from helpdesk_api.models import Ticket

# Flicket's words (flicket_api/views/tickets.py), one for both fields.
NOT_INTEGERS = "ticket_priority_id and category_id must be integers."
NO_CATEGORY = "not a valid category_id"
LONGEST_TITLE = 128


@dataclass(frozen=True, kw_only=True)
class OneOf(Id):
    """The number of one of a few choices; `called` is their name in the OpenAPI document."""

    called: str
    choices: type[Urgency] | type[Stage]
    unknown: str

    def parse(self, value: Any) -> int:
        """The number. Raises the error of `wrong`."""
        number = super().parse(value)
        if number not in [choice.value for choice in self.choices]:
            raise wrong(self.unknown)
        return number

    def json_schema(self) -> dict[str, Any]:
        """An integer that is one of the choices."""
        values, names = ([getattr(choice, part) for choice in self.choices] for part in ("value", "name"))
        return {"type": "integer", "enum": values, MEMBERS: names, ENUMERATION: self.called}


Title = Annotated[str, Text(max_length=LONGEST_TITLE, numbers=True, trim=True), Field(examples=["this is my ticket"])]
Content = Annotated[
    str, Text(blank=True, numbers=True), Field(description="Markdown.", examples=["this is my content"])
]
CategoryId = Annotated[int, Id(message=NOT_INTEGERS), Field(examples=[1])]
PriorityId = Annotated[
    int,
    OneOf(
        called="FlicketPriority",
        message=NOT_INTEGERS,
        choices=Urgency,
        unknown="not a valid ticket_priority_id",
    ),
    Field(description="1 low, 2 medium, 3 high.", examples=[1]),
]
StatusId = Annotated[
    int,
    OneOf(
        called="FlicketStatus",
        message="status_id must be an integer.",
        choices=Stage,
        unknown="not a valid status_id",
    ),
    Field(description="1 Open, 2 Closed, 3 In Work, 4 Awaiting Information.", examples=[1]),
]


class TicketIn(FlicketBody):
    """A ticket to open."""

    missing: ClassVar[str] = "Must include title, content, category_id and ticket_priority_id."

    title: Title
    content: Content
    category_id: CategoryId
    ticket_priority_id: PriorityId

    def to_command(self) -> NewTicket:
        """The ticket to open."""
        priority = priority_of(Urgency(self.ticket_priority_id))
        return NewTicket(self.category_id, self.title, self.content, priority=priority)


class TicketChangesIn(FlicketBody):
    """What can be changed of a ticket; what is left out stays."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"example": {"title": "another title", "status_id": 3}}
    )

    title: Title
    content: Content
    category_id: CategoryId
    ticket_priority_id: PriorityId
    status_id: StatusId

    def to_changes(self) -> TicketChanges:
        """The changes that were sent, but for `stage` and `urgency`."""
        changes: TicketChanges = {}
        if "title" in self.model_fields_set:
            changes["title"] = self.title
        if "content" in self.model_fields_set:
            changes["description"] = self.content
        if "category_id" in self.model_fields_set:
            changes["queue_id"] = self.category_id
        return changes

    @property
    def stage(self) -> Stage | None:
        """Where to move the ticket, if that was sent."""
        return Stage(self.status_id) if "status_id" in self.model_fields_set else None

    @property
    def urgency(self) -> Urgency | None:
        """How urgent it is from now on, if that was sent."""
        return Urgency(self.ticket_priority_id) if "ticket_priority_id" in self.model_fields_set else None


class AssignIn(FlicketBody):
    """Whom to give a ticket to."""

    missing: ClassVar[str] = "Must include user_id."
    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {"user_id": 7}})

    user_id: Annotated[int, Id()]


class CloseIn(FlicketBody):
    """A last word, or none."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {"content": "It works again."}})

    content: Annotated[str | None, Text(blank=True, numbers=True, null=True)] = None


class TicketLinks(TypedDict):
    """Where to go from a ticket."""

    assigned: Annotated[str | None, Field(examples=["http://localhost:5000/flicket-api/user/7"])]
    category: Annotated[str, Field(examples=["http://localhost:5000/flicket-api/category/1"])]
    histories: Annotated[str, Field(examples=["http://localhost:5000/flicket-api/histories/?topic_id=1"])]
    modified_by: Annotated[str | None, Field(examples=[None])]
    priority: Annotated[str, Field(examples=["http://localhost:5000/flicket-api/priority/3"])]
    self: Annotated[str, Field(examples=["http://localhost:5000/flicket-api/ticket/1"])]
    started_by: Annotated[str, Field(examples=["http://localhost:5000/flicket-api/user/12"])]
    # Flicket's spelling (flicket_models.py), which its documents show, too.
    started_ny: Annotated[
        str,
        Field(description="The same as `started_by`.", examples=["http://localhost:5000/flicket-api/user/12"]),
    ]
    status: Annotated[str, Field(examples=["http://localhost:5000/flicket-api/status/2"])]
    subscribers: Annotated[str, Field(examples=["http://localhost:5000/flicket-api/subscriptions/1/"])]
    tickets: Annotated[str, Field(examples=["http://localhost:5000/flicket-api/tickets/"])]


class TicketOut(TypedDict):
    """A support ticket."""

    assigned_id: Annotated[int | None, Field(examples=[7])]
    category_id: Annotated[int, Field(examples=[1])]
    content: Annotated[str, Field(description="Markdown.", examples=["this is my content"])]
    date_added: HttpDate
    date_modified: Annotated[str | None, Field(description="When the text was last edited.", examples=[None])]
    id: Annotated[int, Field(examples=[1])]
    links: TicketLinks
    modified_id: Annotated[int | None, Field(description="Who last edited the text.", examples=[None])]
    started_id: Annotated[int, Field(description="Who opened it.", examples=[12])]
    status_id: Annotated[int, Field(examples=[2])]
    ticket_priority_id: Annotated[int, Field(examples=[3])]
    title: Annotated[str, Field(examples=["this is my ticket"])]


class RenderedTicketOut(TicketOut):
    """A support ticket with its content as HTML, too."""

    content_html: NotRequired[ContentHtml]


def ticket_shape(urls: Urls) -> Callable[[Ticket], TicketOut]:
    """What gives a ticket its wire form; what all links have in common is put together once, however many there are."""
    user, category, priority, status, ticket_url = (
        urls.before_id(f"flicket:{name}") for name in ("user", "category", "priority", "status", "ticket")
    )
    subscribers, tickets = urls.before_id("flicket:ticket_subscriptions"), urls.to("flicket:tickets")
    histories = urls.to("flicket:histories")

    def show(ticket: Ticket) -> TicketOut:
        priority_id = urgency_of(ticket.priority or DEFAULT_PRIORITY)
        status_id = stage_of(State(ticket.status or Status.OPEN, ticket.on_hold, ticket.assignee_id))
        started_by = f"{user}{ticket.creator_id}"
        return {
            "assigned_id": ticket.assignee_id,
            "category_id": ticket.queue_id or 0,
            "content": ticket.description or "",
            "date_added": http_date(ticket.created_at),
            "date_modified": http_date_or_none(ticket.modified_at),
            "id": ticket.id,
            "links": {
                "assigned": None if ticket.assignee_id is None else f"{user}{ticket.assignee_id}",
                "category": f"{category}{ticket.queue_id}",
                "histories": f"{histories}?topic_id={ticket.id}",
                "modified_by": None if ticket.modified_by_id is None else f"{user}{ticket.modified_by_id}",
                "priority": f"{priority}{priority_id}",
                "self": f"{ticket_url}{ticket.id}",
                "started_by": started_by,
                "started_ny": started_by,
                "status": f"{status}{status_id}",
                "subscribers": f"{subscribers}{ticket.id}/",
                "tickets": tickets,
            },
            "modified_id": ticket.modified_by_id,
            "started_id": ticket.creator_id,
            "status_id": status_id,
            "ticket_priority_id": priority_id,
            "title": ticket.title or "",
        }

    return show


def user_url(user_id: int | None, urls: Urls) -> str | None:
    """Where a user is found, if there is one."""
    return None if user_id is None else urls.to("flicket:user", user_id=user_id)
