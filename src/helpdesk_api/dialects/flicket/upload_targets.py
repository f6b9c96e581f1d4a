"""What a form of files is for: a ticket's own text, or a post."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from helpdesk_api.db.session import Session
from helpdesk_api.dialects.flicket.params import LARGEST_ID
from helpdesk_api.dialects.flicket.references import check_post, check_ticket
from helpdesk_api.dialects.wire.problem import BadRequest
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.followups import files as followup_files
from helpdesk_api.models import Attachment
from helpdesk_api.storage.files import FileStorage

Add = Callable[[Session, Actor, FileStorage, int, Sequence[NewFile]], Awaitable[list[Attachment]]]


@dataclass(frozen=True, slots=True)
class UploadTarget:
    """Where the files go, and how."""

    id: int
    add: Add


async def target_of(values: Mapping[str, str], session: Session, actor: Actor) -> UploadTarget:
    """The ticket or the post that a form's fields name. Raises `BadRequest` unless it is one of them."""
    topic, post = (values.get(name, "").strip() for name in ("topic_id", "post_id"))
    if bool(topic) == bool(post):
        raise BadRequest("Must include either topic_id or post_id.")
    if topic:
        topic_id = _number("topic_id", topic)
        await check_ticket(session, actor, topic_id, "topic_id")
        return UploadTarget(topic_id, followup_files.add_to_ticket)
    post_id = _number("post_id", post)
    await check_post(session, actor, post_id)
    return UploadTarget(post_id, followup_files.add_to_reply)


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise BadRequest(f"{name} must be an integer.")
    number = int(text) if len(text) < 20 else 0
    return number if number <= LARGEST_ID else 0
