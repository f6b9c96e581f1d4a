"""Upload tickets and their files on the wire."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from helpdesk_api.dialects.drf.body import DrfBody
from helpdesk_api.dialects.drf.fields import Choice, Integer
from helpdesk_api.dialects.wire.urls import Urls, media_path
from helpdesk_api.domain.tickets.commands import LARGEST_LIMIT, UploadStatus
from helpdesk_api.domain.tickets.uploads import upload_status
from helpdesk_api.models import Attachment, Ticket

Limit = Annotated[int, Integer(minimum=1, maximum=LARGEST_LIMIT)]


class UploadTicketIn(DrfBody):
    """A new upload ticket. Its status follows from its files, so the only one to send is PENDING, or none."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {"limit": 5, "status": "PENDING"}})

    limit: Limit = Field(description="How many files the ticket waits for.")
    status: Annotated[str, Choice(called="NewUploadStatus", choices=("PENDING",))] = Field(
        "PENDING", description="PENDING, or left out."
    )


class UploadTicketChanges(DrfBody):
    """What can be changed of an upload ticket."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {"limit": 6}})

    limit: Limit = Field(description="How many files the ticket waits for; not fewer than it has.")


class FileOut(TypedDict):
    """A file of an upload ticket."""

    file: Annotated[
        str, Field(description="Where the file is, as a path.", examples=["/media/upload/admin/image1.png"])
    ]
    ticket: Annotated[int, Field(description="The ticket's id.", examples=[1])]


def show_file(file: Attachment) -> FileOut:
    """The wire form of a file."""
    return {"file": media_path(file.path), "ticket": file.ticket_id}


class FileRecord(FileOut):
    """A file of an upload ticket with its own address, which is what DELETE needs."""

    url: Annotated[str, Field(examples=["http://localhost:8000/api/files/1/"])]


def show_file_record(file: Attachment, urls: Urls) -> FileRecord:
    """The wire form of a file with its address."""
    return {**show_file(file), "url": urls.to("upload:file", file_id=file.id)}


class UploadTicketOut(TypedDict):
    """A ticket that waits for files."""

    url: Annotated[
        str, Field(description="The ticket's own address.", examples=["http://localhost:8000/api/tickets/1/"])
    ]
    user: Annotated[str, Field(description="Who opened it.", examples=["admin"])]
    limit: Annotated[int, Field(description="How many files it waits for.", examples=[5])]
    status: Annotated[
        UploadStatus,
        Field(
            description="PENDING: no file yet. IN PROGRESS: some files. COMPLETED: as many files as the limit.",
            examples=["IN PROGRESS"],
        ),
    ]
    files: list[FileOut]


def show_upload_ticket(ticket: Ticket, urls: Urls) -> UploadTicketOut:
    """The wire form of an upload ticket."""
    return {
        "url": urls.to("drf:ticket", ticket_id=ticket.id),
        "user": ticket.creator.username,
        "limit": ticket.file_limit or 0,
        "status": upload_status(ticket),
        "files": [show_file(file) for file in ticket.files],
    }


UploadTicketIn.answer = UploadTicketOut
UploadTicketChanges.answer = UploadTicketOut
