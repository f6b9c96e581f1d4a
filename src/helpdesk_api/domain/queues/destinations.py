"""Where a new ticket goes: its queue and who gets it, found out in one query."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, and_, bindparam, func, select

from helpdesk_api.db.session import Session
from helpdesk_api.db.statements import Statement
from helpdesk_api.domain.users.names import FULL_NAME
from helpdesk_api.models import Queue, User

_NAMED = bindparam("assignee_id", type_=BigInteger)
# Whoever is named, else the queue's default assignee, as far as they are active.
_DESTINATION = Statement(
    select(Queue.is_active, User.id, FULL_NAME)
    .select_from(Queue)
    .outerjoin(User, and_(User.id == func.coalesce(_NAMED, Queue.default_assignee_id), User.is_active))
    .where(Queue.id == bindparam("queue_id", type_=BigInteger))
)


@dataclass(frozen=True, slots=True)
class Destination:
    """A queue and the active user who gets what comes to it, if there is one."""

    is_open: bool
    assignee_id: int | None
    assignee_name: str | None

    def takes(self, assignee_id: int | None) -> bool:
        """Whether a ticket for this user, or for nobody in particular, can come here."""
        return self.is_open and assignee_id in (None, self.assignee_id)


async def destination_of(session: Session, queue_id: int, assignee_id: int | None) -> Destination | None:
    """Where a ticket for a queue and, where one is named, for a user goes; `None` without such a queue."""
    row = await _DESTINATION.first(session, queue_id=queue_id, assignee_id=assignee_id)
    return None if row is None else Destination(*row)
