"""Queries for e-mail: a fixed number of them, however many events there are, and what is noted on follow-ups."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import func, or_, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by

from helpdesk_api.db.session import Session
from helpdesk_api.domain.notifications.facts import LONGEST_TEXT, FollowUpFacts, Noted, Person, TicketFacts
from helpdesk_api.domain.users.names import FULL_NAME
from helpdesk_api.models import Attachment, Delivery, FollowUp, Queue, Subscription, Ticket, User

_NOTE_RECIPIENTS = text("""
    UPDATE followups SET email_recipients = noted.value
    FROM jsonb_each(CAST(:noted AS jsonb)) AS noted WHERE followups.id = CAST(noted.key AS bigint)
""")


class NotificationRepository:
    """What is asked when e-mails are planned, in the transaction that numbers the events."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def tickets(self, ticket_ids: Collection[int]) -> dict[int, TicketFacts]:
        """Those of the tickets that are support tickets, and still there."""
        columns = select(
            Ticket.id,
            Ticket.title,
            func.left(Ticket.description, LONGEST_TEXT + 1),
            Ticket.status,
            Ticket.submitter_email,
            Ticket.created_at,
            Queue.slug,
            Queue.title,
            Queue.email_address,
        )
        # Upload tickets are in no queue.
        query = columns.join(Queue, Queue.id == Ticket.queue_id).where(Ticket.id.in_(sorted(ticket_ids)))
        rows = await self._session.execute(query)
        return {row.id: TicketFacts(*row) for row in rows}

    async def followups(self, followup_ids: Collection[int]) -> dict[int, FollowUpFacts]:
        """Those of the follow-ups that are public, and still there."""
        names = select(func.array_agg(aggregate_order_by(Attachment.filename, Attachment.filename, Attachment.id)))
        files = names.where(Attachment.followup_id == FollowUp.id).correlate(FollowUp).scalar_subquery()
        columns = select(FollowUp.id, func.left(FollowUp.comment, LONGEST_TEXT + 1), FollowUp.new_status, files)
        rows = await self._session.execute(columns.where(FollowUp.id.in_(sorted(followup_ids)), FollowUp.public))
        return {row[0]: FollowUpFacts(row[0], row[1], row[2], row[3] or []) for row in rows}

    async def subscribers(self, ticket_ids: Collection[int]) -> dict[int, list[int]]:
        """The ids of the users who follow each ticket, in the order in which they began to."""
        query = select(Subscription.ticket_id, Subscription.user_id).order_by(Subscription.id)
        found: defaultdict[int, list[int]] = defaultdict(list)
        for ticket_id, user_id in await self._session.execute(
            query.where(Subscription.ticket_id.in_(sorted(ticket_ids)))
        ):
            found[ticket_id].append(user_id)
        return dict(found)

    async def people(self, user_ids: Collection[int], addresses: Collection[str]) -> dict[int, Person]:
        """The users of these ids, and those who have one of these addresses."""
        wanted = or_(User.id.in_(sorted(user_ids)), User.email.in_(sorted(addresses)))
        rows = await self._session.execute(select(User.id, FULL_NAME, User.email, User.is_active).where(wanted))
        return {row.id: Person(*row) for row in rows}

    async def note_recipients(self, noted: Sequence[Noted]) -> None:
        """Write down on follow-ups who is written to about them."""
        # Tickets first, as everybody who changes or deletes a follow-up does: so nobody waits for each other.
        held = select(Ticket.id).where(Ticket.id.in_({one.ticket_id for one in noted})).order_by(Ticket.id)
        await self._session.execute(held.with_for_update(read=True, key_share=True))
        rows = {one.followup_id: list(one.addresses) for one in noted}
        await self._session.execute(_NOTE_RECIPIENTS, {"noted": json.dumps(rows)})

    async def pending_lanes(self, lanes: Collection[str]) -> set[str]:
        """Those of the lanes in which something waits to be sent."""
        waiting = select(Delivery.lane).where(Delivery.state == "pending", Delivery.lane.in_(sorted(lanes)))
        return set(await self._session.scalars(waiting))
