"""Ids in bodies: one that is nobody's, or not yours to see, is a wrong value, as Flicket says of categories."""

from __future__ import annotations

from helpdesk_api.db.session import Session
from helpdesk_api.dialects.wire.problem import BadRequest
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.followups import service as followups
from helpdesk_api.domain.tickets.support import find_support_ticket


async def check_ticket(session: Session, actor: Actor, ticket_id: int, name: str = "ticket_id") -> None:
    """Raise `BadRequest` unless there is such a support ticket."""
    if await find_support_ticket(session, actor, ticket_id) is None:
        raise BadRequest(f"not a valid {name}")


async def check_post(session: Session, actor: Actor, post_id: int, name: str = "post_id") -> None:
    """Raise `BadRequest` unless there is such a post."""
    if await followups.find_reply(session, actor, post_id) is None:
        raise BadRequest(f"not a valid {name}")
