"""Support tickets on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, cast

from pydantic import ConfigDict, Field, PrivateAttr, SkipValidation, with_config
from typing_extensions import TypedDict

from helpdesk_api.dialects.django_helpdesk.custom_metadata import describe_custom_fields
from helpdesk_api.dialects.django_helpdesk.schemas.followups import FollowUpOut, show_followup
from helpdesk_api.dialects.drf.body import BodyContext, DrfBody
from helpdesk_api.dialects.drf.errors import WIRE_NAMES
from helpdesk_api.dialects.drf.fields import Boolean, Chars, Choice, DateTime, Email, PrimaryKey
from helpdesk_api.dialects.drf.files import File, new_file
from helpdesk_api.dialects.drf.parsers import RawBody
from helpdesk_api.dialects.wire.multipart import UploadedFile
from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.custom_fields import service as custom_fields
from helpdesk_api.domain.custom_fields.values import read_custom_values, wire_values
from helpdesk_api.domain.queues.destinations import Destination, destination_of
from helpdesk_api.domain.tickets import references
from helpdesk_api.domain.tickets.commands import DEFAULT_PRIORITY, PRIORITIES, NewTicket, Status, TicketChanges
from helpdesk_api.models import CustomField, Ticket

# What the core calls a field of ours.
CORE_NAMES: Mapping[str, str] = {wire: core for core, wire in WIRE_NAMES.items()}
STATUSES = tuple(status.value for status in Status)
STATUS_NAMES = tuple(status.name.title() for status in Status)

QueueId = Annotated[int, PrimaryKey()]
Title = Annotated[str, Chars(max_length=200)]
Description = Annotated[str, Chars(blank=True)]
Resolution = Annotated[str | None, Chars(null=True, blank=True)]
SubmitterEmail = Annotated[str | None, Email(null=True, blank=True)]
OptionalId = Annotated[int | None, PrimaryKey(null=True)]
StatusNumber = Annotated[int, Choice(called="TicketStatus", choices=STATUSES, names=STATUS_NAMES)]
Priority = Annotated[int, Choice(called="TicketPriority", choices=tuple(PRIORITIES), names=tuple(PRIORITIES.values()))]
DueDate = Annotated[datetime | None, DateTime(null=True)]
Attachment = Annotated[SkipValidation[UploadedFile | None], File()]

STATUS = "1 Open, 2 Reopened, 3 Resolved, 4 Closed, 5 Duplicate."
PRIORITY = "1 Critical, 2 High, 3 Normal, 4 Low, 5 Very Low."
REQUESTER = "Whose ticket it is: the user with this address sees it."
IGNORED = "Looked at, but a new ticket always begins without."


class _SupportTicketBody(DrfBody):
    """What new and changed support tickets have in common."""

    _definitions: Sequence[CustomField] = PrivateAttr(())
    _custom_values: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def definitions(self) -> Sequence[CustomField]:
        """How the custom fields were defined when the body was read."""
        return self._definitions

    @classmethod
    def may_be_sent_by(cls, actor: Actor | None) -> bool:
        """Support tickets are for staff here."""
        return actor is not None and actor.is_staff

    @classmethod
    async def more_fields(cls, context: BodyContext) -> Mapping[str, dict[str, Any]]:
        """The custom fields."""
        return describe_custom_fields(await custom_fields.definitions(context.session))

    async def problems(self, values: Mapping[str, Any], context: BodyContext) -> Mapping[str, list[str]]:
        """A queue, an assignee or a merged ticket that is not there or cannot be."""
        given = {CORE_NAMES[name]: values[name] for name in CORE_NAMES.keys() & values}
        actor, ticket = cast(Actor, context.actor), cast(Ticket | None, context.found)
        problems = await references.problems_of_references(context.session, actor, given, ticket)
        return {name: problems[core] for name, core in CORE_NAMES.items() if core in problems}

    async def take_more(self, raw: RawBody, context: BodyContext) -> Mapping[str, list[str]]:
        """The values of custom fields."""
        self._definitions = await custom_fields.definitions(context.session)
        self._custom_values, errors = read_custom_values(
            self._definitions, raw.values, is_form=raw.is_form, partial=context.partial
        )
        return errors


class SupportTicketIn(_SupportTicketBody):
    """A new support ticket; it begins open. One file may come with it, by multipart/form-data.

    Custom fields go by `custom_` and their name.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "queue": 1,
                "title": "Printer on fire",
                "description": "The printer on the second floor is on fire.",
                "submitter_email": "jblogs@example.com",
                "priority": 1,
            },
        },
    )

    queue: QueueId = Field(description="The queue's id.")
    title: Title
    description: Description = ""
    resolution: Resolution = Field(None, description=IGNORED)
    submitter_email: SubmitterEmail = Field("", description=REQUESTER)
    assigned_to: OptionalId = Field(None, description="A user's id; without one, the queue's default assignee.")
    status: StatusNumber = Field(1, description=f"{STATUS} A new ticket is open, whatever this says.")
    on_hold: Annotated[bool, Boolean()] = Field(False, description=IGNORED)
    priority: Priority = Field(DEFAULT_PRIORITY, description=PRIORITY)
    due_date: DueDate = None
    merged_to: OptionalId = Field(None, description=IGNORED)
    attachment: Attachment = Field(None, description="A file for the opening follow-up.")

    _destination: Destination | None = PrivateAttr(None)

    @property
    def destination(self) -> Destination | None:
        """Where the ticket goes, as it was when the body was read."""
        return self._destination

    async def problems(self, values: Mapping[str, Any], context: BodyContext) -> Mapping[str, list[str]]:
        """A queue, an assignee or a merged ticket that is not there or cannot be."""
        queue_id, assignee_id = values.get("queue"), values.get("assigned_to")
        if queue_id is not None:
            found = await destination_of(context.session, queue_id, assignee_id, with_custom_fields=True)
            if found is not None and found.takes(assignee_id):
                self._destination = found
                values = {name: value for name, value in values.items() if name not in ("queue", "assigned_to")}
        return await super().problems(values, context)

    def to_command(self) -> NewTicket:
        """The ticket to open."""
        return NewTicket(
            queue_id=self.queue,
            title=self.title,
            description=self.description,
            submitter_email=self.submitter_email or "",
            assignee_id=self.assigned_to,
            priority=self.priority,
            due_date=self.due_date,
            custom_values=self._custom_values,
        )

    def files(self) -> list[NewFile]:
        """The file to keep, if there is one."""
        return [] if self.attachment is None else [new_file(self.attachment)]


class SupportTicketChanges(_SupportTicketBody):
    """What can be changed of a support ticket; what is left out stays. Custom fields go by `custom_` and their name."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="allow",
        json_schema_extra={"example": {"queue": 1, "title": "Printer on fire", "priority": 2}},
    )

    queue: QueueId = Field(description="The queue's id.")
    title: Title
    description: Description = ""
    resolution: Resolution = None
    submitter_email: SubmitterEmail = Field("", description=REQUESTER)
    assigned_to: OptionalId = Field(None, description="A user's id, or null for nobody.")
    status: StatusNumber = Field(1, description=STATUS)
    on_hold: Annotated[bool, Boolean()] = False
    priority: Priority = Field(DEFAULT_PRIORITY, description=PRIORITY)
    due_date: DueDate = None
    merged_to: OptionalId = Field(None, description="The id of the ticket that goes on in its place.")
    attachment: Attachment = Field(None, description="Looked at and not kept: files come with follow-ups.")

    def to_changes(self) -> TicketChanges:
        """The changes that were sent."""
        sent = self.model_fields_set - {"attachment"}
        changes = {CORE_NAMES.get(name, name): getattr(self, name) for name in sent}
        if "submitter_email" in changes:
            changes["submitter_email"] = self.submitter_email or ""
        return cast(TicketChanges, {**changes, "custom_values": self._custom_values})


@with_config(extra="allow")
class SupportTicketOut(TypedDict):
    """A support ticket with its conversation. Custom fields come last, under `custom_` and their name."""

    id: Annotated[int, Field(examples=[1])]
    queue: Annotated[int, Field(examples=[1])]
    title: Annotated[str, Field(examples=["Printer on fire"])]
    description: Annotated[str, Field(examples=["The printer on the second floor is on fire."])]
    resolution: Annotated[str | None, Field(examples=[None])]
    submitter_email: Annotated[str, Field(examples=["jblogs@example.com"])]
    assigned_to: Annotated[int | None, Field(examples=[None])]
    status: Annotated[int, Field(description=STATUS, examples=[1])]
    on_hold: Annotated[bool, Field(examples=[False])]
    priority: Annotated[int, Field(description=PRIORITY, examples=[1])]
    due_date: Annotated[datetime | None, Field(examples=[None])]
    merged_to: Annotated[int | None, Field(examples=[None])]
    followup_set: list[FollowUpOut]


def show_support_ticket(ticket: Ticket, urls: Urls, definitions: Sequence[CustomField]) -> SupportTicketOut:
    """The wire form of a support ticket, as staff see it."""
    own: SupportTicketOut = {
        "id": ticket.id,
        "queue": ticket.queue_id or 0,
        "title": ticket.title or "",
        "description": ticket.description or "",
        "resolution": ticket.resolution,
        "submitter_email": ticket.submitter_email or "",
        "assigned_to": ticket.assignee_id,
        "status": ticket.status or Status.OPEN,
        "on_hold": ticket.on_hold,
        "priority": ticket.priority or DEFAULT_PRIORITY,
        "due_date": ticket.due_date,
        "merged_to": ticket.merged_to_id,
        "followup_set": [show_followup(followup, urls) for followup in ticket.followups],
    }
    return cast(SupportTicketOut, {**own, **wire_values(definitions, ticket.custom_values, staff=True)})


SupportTicketIn.answer = SupportTicketOut
SupportTicketChanges.answer = SupportTicketOut
