"""That something was said on a ticket: what it counts for, and who follows the ticket from then on."""

from __future__ import annotations

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.subscriptions import service as subscriptions
from helpdesk_api.domain.tickets.repository import TicketRepository
from helpdesk_api.domain.users import service as users


async def note_reply(session: Session, actor: Actor, ticket_id: int, *, public: bool, counts: bool) -> None:
    """Somebody answered, in public or not; `counts` unless they said nothing."""
    await subscriptions.enrol(session, ticket_id, actor.user_id, public=public)
    await count_replies(session, ticket_id, actor.user_id, int(counts))


async def count_replies(session: Session, ticket_id: int, author_id: int | None, replies: int) -> None:
    """So many replies of an author came to a ticket, or went."""
    await TicketRepository(session).note_activity(ticket_id, replies)
    if author_id is not None and replies:
        users.count(session, author_id, posts=replies)
