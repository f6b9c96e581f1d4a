"""Histories, which are texts before an edit, on the wire."""

from __future__ import annotations

from pydantic import BaseModel, Field

from helpdesk_api.dialects.flicket.dates import HttpDate, http_date
from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.models import Revision


class HistoryLinks(BaseModel):
    """Where to go from a history."""

    histories: str = Field(examples=["http://localhost:5000/flicket-api/histories/"])
    post: str | None = Field(examples=[None])
    self_: str = Field(serialization_alias="self", examples=["http://localhost:5000/flicket-api/history/1"])
    ticket: str | None = Field(examples=["http://localhost:5000/flicket-api/ticket/1"])
    user: str = Field(examples=["http://localhost:5000/flicket-api/user/1"])


class HistoryOut(BaseModel):
    """A ticket's or a post's text as it was before somebody edited it."""

    date_modified: HttpDate
    id: int = Field(examples=[1])
    links: HistoryLinks
    original_content: str = Field(examples=["this was my content"])
    post_id: int | None = Field(examples=[None])
    topic_id: int | None = Field(description="The ticket, where the text was its own.", examples=[1])
    user_id: int = Field(description="Who had left the text so.", examples=[1])

    @classmethod
    def of(cls, revision: Revision, urls: Urls) -> HistoryOut:
        """The wire form of a revision."""
        post_id = revision.followup_id
        topic_id = revision.ticket_id if post_id is None else None
        return cls(
            date_modified=http_date(revision.created_at),
            id=revision.id,
            links=HistoryLinks(
                histories=urls.to("flicket:histories"),
                post=None if post_id is None else urls.to("flicket:post", post_id=post_id),
                self_=urls.to("flicket:history", history_id=revision.id),
                ticket=None if topic_id is None else urls.to("flicket:ticket", ticket_id=topic_id),
                user=urls.to("flicket:user", user_id=revision.editor_id),
            ),
            original_content=revision.content,
            post_id=post_id,
            topic_id=topic_id,
            user_id=revision.editor_id,
        )
