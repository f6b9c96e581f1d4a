"""Where a new ticket goes: its queue and who gets it, found out in one query."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, and_, bindparam, func, select

from helpdesk_api.db.session import Session
from helpdesk_api.db.statements import Statement
from helpdesk_api.domain.custom_fields import hot_rows as custom_fields
from helpdesk_api.domain.users.names import FULL_NAME
from helpdesk_api.models import Queue, User

_NAMED = bindparam("assignee_id", type_=BigInteger)
# Whoever is named, else the queue's default assignee, as far as they are active.
_SELECT = (
    select(Queue.is_active, User.id, FULL_NAME)
    .select_from(Queue)
    .outerjoin(User, and_(User.id == func.coalesce(_NAMED, Queue.default_assignee_id), User.is_active))
    .where(Queue.id == bindparam("queue_id", type_=BigInteger))
)
_DESTINATION = Statement(_SELECT)
_WITH_CUSTOM_FIELDS = Statement(_SELECT.add_columns(custom_fields.AS_COLUMN))


@dataclass(frozen=True, slots=True)
class Destination:
    """A queue and the active user who gets what comes to it, if there is one."""

    is_open: bool
    assignee_id: int | None
    assignee_name: str | None

    def takes(self, assignee_id: int | None) -> bool:
        """Whether a ticket for this user, or for nobody in particular, can come here."""
        return self.is_open and assignee_id in (None, self.assignee_id)


async def destination_of(
    session: Session, queue_id: int, assignee_id: int | None, *, with_custom_fields: bool = False
) -> Destination | None:
    """Where a ticket for a queue and, where one is named, for a user goes; `None` without such a queue.

    Who needs the custom fields' definitions next, on the same session, has them read in the same query.
    """
    statement = _WITH_CUSTOM_FIELDS if with_custom_fields else _DESTINATION
    row = await statement.first(session, queue_id=queue_id, assignee_id=assignee_id)
    if row is None:
        return None
    if with_custom_fields:
        custom_fields.note(session, row[-1])
    return Destination(*row[:3])
