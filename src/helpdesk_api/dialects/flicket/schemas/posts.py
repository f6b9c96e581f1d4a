"""Posts, which are the replies on a support ticket, on the wire."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from helpdesk_api.dialects.flicket.body import FlicketBody
from helpdesk_api.dialects.flicket.dates import HttpDate, http_date, http_date_or_none
from helpdesk_api.dialects.flicket.fields import Id, Text
from helpdesk_api.dialects.flicket.markdown import ContentHtml
from helpdesk_api.dialects.flicket.schemas.tickets import user_url
from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.domain.followups.commands import FollowUpChanges, NewFollowUp
from helpdesk_api.models import FollowUp

Content = Annotated[str, Text(numbers=True), Field(description="Markdown.", examples=["Have you tried it again?"])]


class PostIn(FlicketBody):
    """A reply to a ticket."""

    missing: ClassVar[str] = "Must include ticket_id and content."

    ticket_id: Annotated[int, Id()] = Field(examples=[1])
    content: Content

    def to_command(self) -> NewFollowUp:
        """The follow-up to write; what is said here is public."""
        return NewFollowUp(self.ticket_id, self.content, public=True)


class PostChangesIn(FlicketBody):
    """Another text for a reply."""

    missing: ClassVar[str] = "Must include content."
    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {"content": "Never mind."}})

    content: Content

    def to_changes(self) -> FollowUpChanges:
        """The change that was sent."""
        return {"comment": self.content}


class PostLinks(BaseModel):
    """Where to go from a post."""

    created_by: str | None = Field(examples=["http://localhost:5000/flicket-api/user/15"])
    posts: str = Field(examples=["http://localhost:5000/flicket-api/posts/1/"])
    self_: str = Field(serialization_alias="self", examples=["http://localhost:5000/flicket-api/post/1"])


class PostOut(BaseModel):
    """A reply to a ticket."""

    content: str = Field(description="Markdown.", examples=["Have you tried it again?"])
    # Flicket's spelling (flicket_models.py), which its documents show, too.
    data_added: HttpDate
    date_modified: str | None = Field(examples=[None])
    id: int = Field(examples=[1])
    links: PostLinks
    ticket_id: int = Field(examples=[1])
    user_id: int | None = Field(description="Who wrote it.", examples=[15])

    @classmethod
    def of(cls, followup: FollowUp, urls: Urls) -> PostOut:
        """The wire form of a reply."""
        return cls(
            content=followup.comment,
            data_added=http_date(followup.created_at),
            date_modified=http_date_or_none(followup.modified_at),
            id=followup.id,
            links=PostLinks(
                created_by=user_url(followup.author_id, urls),
                posts=urls.to("flicket:posts", ticket_id=followup.ticket_id),
                self_=urls.to("flicket:post", post_id=followup.id),
            ),
            ticket_id=followup.ticket_id,
            user_id=followup.author_id,
        )


class RenderedPostOut(PostOut):
    """A reply with its content as HTML, too."""

    content_html: ContentHtml = ""
