"""Plain rows with the attributes of the models, of which `hot_rows.py` reads no more than is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, ClassVar

from helpdesk_api.db.statements import json_value


@dataclass(slots=True)
class Named:
    """A user by name."""

    username: str


@dataclass(slots=True)
class FileRow:
    """A file of a ticket, as `Attachment`."""

    id: int
    ticket_id: int
    followup_id: int | None
    uploader_id: int
    path: str
    short_name: str | None
    filename: str
    mime_type: str
    size: int


@dataclass(slots=True)
class FollowUpRow:
    """An entry of a conversation, as `FollowUp`."""

    id: int
    ticket_id: int
    author_id: int | None
    title: str
    comment: str
    public: bool
    new_status: int | None
    time_spent: timedelta | None
    message_id: str | None
    email_recipients: Any
    created_at: datetime
    attachments: list[FileRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.email_recipients = json_value(self.email_recipients)


@dataclass(slots=True)
class TicketRow:
    """A ticket, as `Ticket`."""

    id: int
    kind: str
    creator_id: int
    created_at: datetime
    modified_at: datetime | None
    modified_by_id: int | None
    file_limit: int | None
    file_count: int
    queue_id: int | None
    title: str | None
    description: str | None
    resolution: str | None
    submitter_email: str | None
    assignee_id: int | None
    status: int | None
    on_hold: bool
    priority: int | None
    due_date: datetime | None
    merged_to_id: int | None
    last_activity_at: datetime
    reply_count: int
    custom_values: Any
    creator: Any
    files: list[FileRow] = field(default_factory=list)
    followups: list[FollowUpRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.custom_values = json_value(self.custom_values)
        self.creator = Named(self.creator)


@dataclass(slots=True)
class SupportTicketRow:
    """As much of a support ticket as a list with conversations shows, as `Ticket`."""

    kind: ClassVar[str] = "support"

    id: int
    queue_id: int
    title: str
    description: str
    resolution: str | None
    submitter_email: str
    assignee_id: int | None
    status: int
    on_hold: bool
    priority: int
    due_date: datetime | None
    merged_to_id: int | None
    custom_values: Any
    files: list[FileRow] = field(default_factory=list)
    followups: list[FollowUpRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.custom_values = json_value(self.custom_values)


@dataclass(slots=True)
class UploadFileRow:
    """As much of an upload ticket's file as a list shows, as `Attachment`."""

    ticket_id: int
    path: str


@dataclass(slots=True)
class UploadTicketRow:
    """As much of an upload ticket as a list shows, as `Ticket`."""

    kind: ClassVar[str] = "upload"

    id: int
    file_limit: int
    file_count: int
    creator: Named
    files: list[UploadFileRow]

    @classmethod
    def of(cls, row: Sequence[Any]) -> UploadTicketRow:
        """From id, limit, number of files, opener's name and the files' paths."""
        ticket_id, limit, count, creator, paths = row
        return cls(ticket_id, limit, count, Named(creator), [UploadFileRow(ticket_id, path) for path in paths])


def columns(model: Any, row: Any) -> list[Any]:
    """The model's columns that a row has, in the row's order."""
    return [getattr(model, one.name) for one in fields(row) if one.name in model.__table__.c]
