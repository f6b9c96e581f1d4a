"""Follow-ups on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, cast

from pydantic import ConfigDict, Field, SkipValidation, with_config
from typing_extensions import TypedDict

from helpdesk_api.dialects.django_helpdesk.schemas.attachments import AttachmentOut, show_attachment
from helpdesk_api.dialects.drf.body import BodyContext, DrfBody
from helpdesk_api.dialects.drf.durations import Duration, show_duration
from helpdesk_api.dialects.drf.fields import Boolean, Chars, Choice, PrimaryKey, missing
from helpdesk_api.dialects.drf.files import Files, new_file
from helpdesk_api.dialects.wire.multipart import UploadedFile
from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.followups.commands import FollowUpChanges, NewFollowUp
from helpdesk_api.domain.tickets.commands import Status
from helpdesk_api.domain.tickets.support import find_support_ticket
from helpdesk_api.models import FollowUp

NOT_MOVED = "A follow-up stays with its ticket."
STATUSES = tuple(status.value for status in Status)
STATUS_NAMES = tuple(status.name.title() for status in Status)

TicketId = Annotated[int, PrimaryKey()]
Title = Annotated[str | None, Chars(null=True, blank=True, max_length=200)]
Comment = Annotated[str, Chars(blank=True)]
NewStatus = Annotated[int | None, Choice(called="TicketStatus", null=True, choices=STATUSES, names=STATUS_NAMES)]
TimeSpent = Annotated[timedelta | None, Duration(null=True)]
Attachments = Annotated[SkipValidation[list[UploadedFile]], Files()]

TITLE = "Without one it gets the ticket's."
NEW_STATUS = "1 Open, 2 Reopened, 3 Resolved, 4 Closed, 5 Duplicate: the status the ticket goes to."
RESOLVING = f"{NEW_STATUS} 3 makes the comment the ticket's resolution."
PUBLIC = "Whether the requester may see it."
TIME_SPENT = "`[DD] [HH:[MM:]]ss[.uuuuuu]`, or seconds."


class FollowUpIn(DrfBody):
    """Something to say on a support ticket; files come by multipart/form-data."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"example": {"ticket": 1, "comment": "A new toner is on its way.", "public": True}}
    )

    ticket: TicketId = Field(description="The ticket's id.")
    title: Title = Field(None, description=TITLE)
    comment: Comment = Field("", description="Kept as it is: nothing in it is a template.")
    public: Annotated[bool, Boolean()] = Field(False, description=PUBLIC)
    new_status: NewStatus = Field(None, description=RESOLVING)
    time_spent: TimeSpent = Field(None, description=TIME_SPENT)
    attachments: Attachments = Field(default_factory=list, description="Files; the field is given once for each.")

    async def problems(self, values: Mapping[str, Any], context: BodyContext) -> Mapping[str, list[str]]:
        """A ticket that is not there."""
        return await _problems_of_ticket(values, context)

    def to_command(self) -> NewFollowUp:
        """What to say."""
        return NewFollowUp(
            ticket_id=self.ticket,
            title=self.title or None,
            comment=self.comment,
            public=self.public,
            new_status=self.new_status,
            time_spent=self.time_spent,
        )

    def files(self) -> list[NewFile]:
        """The files to keep."""
        return [new_file(file) for file in self.attachments]


class FollowUpChangesIn(DrfBody):
    """What can be changed of a follow-up; what is left out stays, and so does the ticket's status."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {"ticket": 1, "public": True}})

    ticket: TicketId = Field(description="The ticket's id; a follow-up stays with it.")
    title: Title = Field(None, description="A blank one, or null, changes nothing.")
    comment: Comment = ""
    public: Annotated[bool, Boolean()] = Field(False, description=PUBLIC)
    new_status: NewStatus = Field(None, description="What the follow-up says; the ticket itself stays as it is.")
    time_spent: TimeSpent = Field(None, description=TIME_SPENT)
    attachments: Attachments = Field(
        default_factory=list, description="Looked at and not kept: `/api/followups-attachments/` takes more files."
    )

    async def problems(self, values: Mapping[str, Any], context: BodyContext) -> Mapping[str, list[str]]:
        """A ticket that is not there, or not the follow-up's own."""
        found = cast(FollowUp, context.found)
        if values.get("ticket", found.ticket_id) == found.ticket_id:
            return {}
        return await _problems_of_ticket(values, context) or {"ticket": [NOT_MOVED]}

    def to_changes(self) -> FollowUpChanges:
        """The changes that were sent."""
        sent = self.model_fields_set & {"comment", "public", "new_status", "time_spent"}
        changes = {name: getattr(self, name) for name in sent}
        if "title" in self.model_fields_set and self.title:
            changes["title"] = self.title
        return cast(FollowUpChanges, changes)


async def _problems_of_ticket(values: Mapping[str, Any], context: BodyContext) -> dict[str, list[str]]:
    if "ticket" not in values or context.actor is None:
        return {}
    found = await find_support_ticket(context.session, context.actor, values["ticket"])
    return {} if found else {"ticket": [missing(values["ticket"])]}


@with_config(extra="ignore")
class FollowUpOut(TypedDict):
    """An entry of a ticket's conversation."""

    id: Annotated[int, Field(examples=[1])]
    ticket: Annotated[int, Field(examples=[1])]
    user: Annotated[int | None, Field(description="Who wrote it.", examples=[1])]
    title: Annotated[str, Field(examples=["Ticket Opened"])]
    comment: Annotated[str, Field(examples=["The printer on the second floor is on fire."])]
    public: Annotated[bool, Field(description=PUBLIC, examples=[True])]
    new_status: Annotated[int | None, Field(description=NEW_STATUS, examples=[None])]
    time_spent: Annotated[str | None, Field(examples=[None])]
    followupattachment_set: list[AttachmentOut]
    date: Annotated[datetime, Field(examples=["2026-01-05T10:31:15.123456Z"])]
    message_id: Annotated[str | None, Field(examples=[None])]
    email_recipients: Annotated[list[str] | None, Field(description="Who was written to about it.", examples=[[]])]


def show_followup(followup: FollowUp, urls: Urls) -> FollowUpOut:
    """The wire form of a follow-up."""
    return {
        "id": followup.id,
        "ticket": followup.ticket_id,
        "user": followup.author_id,
        "title": followup.title,
        "comment": followup.comment,
        "public": followup.public,
        "new_status": followup.new_status,
        "time_spent": None if followup.time_spent is None else show_duration(followup.time_spent),
        "followupattachment_set": [show_attachment(file, urls) for file in followup.attachments],
        "date": followup.created_at,
        "message_id": followup.message_id,
        "email_recipients": followup.email_recipients,
    }
