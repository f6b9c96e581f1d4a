"""Uploads, which are support tickets' files, on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from helpdesk_api.dialects.flicket.forms import FileInForm
from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.models import Attachment


class UploadIn(BaseModel):
    """Files for a ticket or for a post, as multipart/form-data; the parts may come in any order."""

    topic_id: int | None = Field(None, description="The ticket, or else `post_id`.", examples=[1])
    post_id: int | None = Field(None, description="The post, or else `topic_id`.")
    file: Annotated[list[FileInForm], Field(description="One file, or several parts of this name.")]


class UploadLinks(BaseModel):
    """Where to go from an upload."""

    post: str | None = Field(examples=["http://localhost:5000/flicket-api/post/276646"])
    self_: str = Field(serialization_alias="self", examples=["http://localhost:5000/flicket-api/upload/1"])
    ticket: str | None = Field(examples=[None])
    uploads: str = Field(examples=["http://localhost:5000/flicket-api/uploads/"])


class UploadOut(BaseModel):
    """A file of a post, or of a ticket itself."""

    filename: str = Field(description="The name it is kept under.", examples=["ccv4ufb6.jpg"])
    id: int = Field(examples=[1])
    image: str = Field(description="The file itself.", examples=["http://localhost:5000/flicket_uploads/ccv4ufb6.jpg"])
    links: UploadLinks
    original_filename: str = Field(description="The name it was sent with.", examples=["photos-1.jpg"])
    post_id: int | None = Field(examples=[276646])
    topic_id: int | None = Field(examples=[None])

    @classmethod
    def of(cls, attachment: Attachment, urls: Urls) -> UploadOut:
        """The wire form of a file; one that hangs on no reply is the ticket's own."""
        followup, filename = attachment.followup, attachment.short_name or ""
        post_id = followup.id if followup is not None and followup.is_reply else None
        topic_id = attachment.ticket_id if post_id is None else None
        return cls(
            filename=filename,
            id=attachment.id,
            image=urls.to("flicket:uploaded_file", filename=filename),
            links=UploadLinks(
                post=None if post_id is None else urls.to("flicket:post", post_id=post_id),
                self_=urls.to("flicket:upload", upload_id=attachment.id),
                ticket=None if topic_id is None else urls.to("flicket:ticket", ticket_id=topic_id),
                uploads=urls.to("flicket:uploads"),
            ),
            original_filename=attachment.filename,
            post_id=post_id,
            topic_id=topic_id,
        )


class UploadsOut(BaseModel):
    """Several files that came in one form."""

    items: list[UploadOut]
