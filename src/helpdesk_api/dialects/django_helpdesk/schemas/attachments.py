"""Files of follow-ups on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, SkipValidation, with_config
from typing_extensions import TypedDict

from helpdesk_api.dialects.drf.body import BodyContext, DrfBody
from helpdesk_api.dialects.drf.fields import Chars, Integer, PrimaryKey, missing
from helpdesk_api.dialects.drf.files import File, MediaType, new_file
from helpdesk_api.dialects.wire.multipart import UploadedFile
from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.followups import service as followups
from helpdesk_api.domain.followups.errors import FollowUpNotFound
from helpdesk_api.models import Attachment


class AttachmentIn(DrfBody):
    """A file for a follow-up, as multipart/form-data."""

    followup: Annotated[int, PrimaryKey()] = Field(description="The follow-up's id.", examples=[1])
    file: Annotated[SkipValidation[UploadedFile], File()] = Field(description="The file itself.")
    filename: Annotated[str, Chars(max_length=1000, blank=True)] = Field("", description="Its name, if not its own.")
    mime_type: Annotated[str, MediaType(blank=True)] = Field("", description="Its type, if not the part's own.")
    size: Annotated[int | None, Integer(null=True)] = Field(None, description="Not believed: the file is measured.")

    async def problems(self, values: Mapping[str, Any], context: BodyContext) -> Mapping[str, list[str]]:
        """A follow-up that is not there."""
        if "followup" not in values or context.actor is None:
            return {}
        try:
            await followups.get_followup(context.session, context.actor, values["followup"])
        except FollowUpNotFound:
            return {"followup": [missing(values["followup"])]}
        return {}

    def to_command(self) -> NewFile:
        """The file to keep."""
        return new_file(self.file, filename=self.filename, mime_type=self.mime_type)


@with_config(extra="ignore")
class AttachmentOut(TypedDict):
    """A file of a follow-up."""

    id: Annotated[int, Field(examples=[1])]
    followup: Annotated[int, Field(examples=[1])]
    file: Annotated[
        str,
        Field(
            description="Where the file is; it ends in its name.",
            examples=["http://localhost:8000/media/helpdesk/attachments/ticket-1-1f2e3d4c5b6a7988/1/note.txt"],
        ),
    ]
    filename: Annotated[str, Field(examples=["note.txt"])]
    mime_type: Annotated[str, Field(description="What the sender takes it for.", examples=["text/plain"])]
    size: Annotated[int, Field(description="In bytes.", examples=[17])]


def show_attachment(attachment: Attachment, urls: Urls) -> AttachmentOut:
    """The wire form of a file."""
    return {
        "id": attachment.id,
        "followup": attachment.followup_id or 0,
        "file": urls.media(attachment.path),
        "filename": attachment.filename,
        "mime_type": attachment.mime_type,
        "size": attachment.size,
    }
