"""A new support ticket with everything that begins with it, in one statement.

What is opened all day is worth one round trip and one transaction; the ORM needs nine. `tests/domain/tickets/
test_opening.py` holds what is stored and answered against what is read afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ARRAY, BigInteger, DateTime, SmallInteger, Text, bindparam, text

from helpdesk_api.db.session import Session, announce
from helpdesk_api.db.statements import Statement
from helpdesk_api.domain.tickets.commands import Status
from helpdesk_api.domain.tickets.rows import FollowUpRow, TicketRow
from helpdesk_api.models import Ticket


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that comes with a new ticket; `tells_of_opening` where it is about the opening follow-up, too."""

    type: str
    recipient_id: int | None
    changes: Mapping[str, Any]
    tells_of_opening: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """The ids of a new ticket and of its opening follow-up, and when both came to be."""

    ticket_id: int
    followup_id: int
    at: datetime


# The counters are those of `users.count`, the subscriptions those of `subscriptions.enrol`. Users are counted in the
# order of their ids (`second` waits for `first`), so that two tickets of the same two people never wait for each other.
# Nobody is locked first: that would end in deadlocks, see ADR 0006.
_OPEN = text("""
    WITH ticket AS (
        INSERT INTO tickets (kind, creator_id, queue_id, title, description, submitter_email, assignee_id, status,
                             priority, due_date, custom_values)
        VALUES ('support', :creator_id, :queue_id, :title, :description, :submitter_email, :assignee_id, 1,
                :priority, :due_date, CAST(:custom_values AS jsonb))
        RETURNING id, created_at
    ), opening AS (
        INSERT INTO followups (ticket_id, author_id, is_opening, title, comment, public, email_recipients)
        SELECT id, :creator_id, true, :opening_title, :description, true, CAST('[]' AS jsonb) FROM ticket
        RETURNING id
    ), enrolled AS (
        INSERT INTO subscriptions (ticket_id, user_id)
        SELECT ticket.id, user_id FROM ticket, unnest(:concerned_ids) AS user_id
    ), told AS (
        INSERT INTO events (type, actor_id, ticket_id, followup_id, recipient_id, changes, request_id)
        SELECT event.type, :creator_id, ticket.id, CASE WHEN event.tells_of_opening THEN opening.id END,
               event.recipient_id, event.changes, :request_id
        FROM ticket, opening, jsonb_to_recordset(CAST(:events AS jsonb))
             AS event (place integer, type text, recipient_id bigint, changes jsonb, tells_of_opening boolean)
        ORDER BY event.place
    ), first AS (
        UPDATE users SET total_posts = total_posts + CAST(users.id = :creator_id AS integer),
                         total_assigned = total_assigned + CAST(users.id IS NOT DISTINCT FROM :assignee_id AS integer)
        WHERE users.id = (:counted_ids)[1] RETURNING users.id
    ), second AS (
        UPDATE users SET total_posts = total_posts + CAST(users.id = :creator_id AS integer),
                         total_assigned = total_assigned + CAST(users.id IS NOT DISTINCT FROM :assignee_id AS integer)
        FROM (SELECT count(*) FROM first) AS done WHERE users.id = (:counted_ids)[2]
    )
    SELECT ticket.id, opening.id, ticket.created_at FROM ticket, opening
""").bindparams(
    bindparam("creator_id", type_=BigInteger),
    bindparam("queue_id", type_=BigInteger),
    bindparam("title", type_=Text),
    bindparam("description", type_=Text),
    bindparam("submitter_email", type_=Text),
    bindparam("assignee_id", type_=BigInteger),
    bindparam("priority", type_=SmallInteger),
    bindparam("due_date", type_=DateTime(timezone=True)),
    bindparam("custom_values", type_=Text),
    bindparam("opening_title", type_=Text),
    bindparam("concerned_ids", type_=ARRAY(BigInteger)),
    bindparam("counted_ids", type_=ARRAY(BigInteger)),
    bindparam("request_id", type_=Text),
    bindparam("events", type_=Text),
)
_OPEN_TICKET = Statement(_OPEN)


async def open_ticket(
    session: Session,
    *,
    values: Mapping[str, Any],
    opening_title: str,
    events: Sequence[NewEvent],
    request_id: str | None,
    counts: bool,
) -> Opened:
    """Store a ticket with its opening follow-up, its subscriptions and events, and count it for its people.

    `values` are the ticket's, by column. Without `counts`, the counters are left to the caller. Raises
    `ConstraintViolated` when what it refers to has just gone.
    """
    concerned = {values["creator_id"], values["assignee_id"]} - {None}
    told = [{"place": place, **asdict(event)} for place, event in enumerate(events)]
    rows = await _OPEN_TICKET.change(
        session,
        **{**values, "custom_values": json.dumps(values["custom_values"])},
        opening_title=opening_title,
        concerned_ids=sorted(concerned),
        counted_ids=sorted(concerned) if counts else [],
        events=json.dumps(told),
        request_id=request_id,
    )
    await announce(session)
    return Opened(*rows[0])


def as_ticket(opened: Opened, values: Mapping[str, Any], opening_title: str, username: str) -> Ticket:
    """A ticket that was just opened by `username`, as reading it would give it, with its opening follow-up."""
    opening = FollowUpRow(
        id=opened.followup_id,
        ticket_id=opened.ticket_id,
        author_id=values["creator_id"],
        title=opening_title,
        comment=values["description"],
        public=True,
        new_status=None,
        time_spent=None,
        message_id=None,
        email_recipients=[],
        created_at=opened.at,
    )
    ticket = TicketRow(
        **{**values, "custom_values": dict(values["custom_values"])},
        id=opened.ticket_id,
        kind="support",
        created_at=opened.at,
        modified_at=None,
        modified_by_id=None,
        file_limit=None,
        file_count=0,
        resolution=None,
        status=Status.OPEN.value,
        on_hold=False,
        merged_to_id=None,
        last_activity_at=opened.at,
        reply_count=0,
        creator=username,
        followups=[opening],
    )
    return cast("Ticket", ticket)
