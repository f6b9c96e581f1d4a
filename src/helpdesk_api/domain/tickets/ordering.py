"""The orders a list of tickets can be asked for; the id always decides between equals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.tickets.commands import SUPPORT, TicketFilter
from helpdesk_api.domain.tickets.stage_conditions import STAGE
from helpdesk_api.domain.users.names import FULL_NAME
from helpdesk_api.models import FollowUp, Ticket, User


def _name_of(user_id: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    return select(FULL_NAME).where(User.id == user_id).correlate(Ticket).scalar_subquery()


ORDERS: dict[str, ColumnElement[Any] | Any] = {
    "id": Ticket.id,
    "created": Ticket.created_at,
    "due_date": Ticket.due_date,
    "priority": Ticket.priority,
    "status": Ticket.status,
    "title": Ticket.title,
    "last_activity": Ticket.last_activity_at,
    "replies": Ticket.reply_count,
    "stage": STAGE,
    "creator": _name_of(Ticket.creator_id),
    "assignee": _name_of(Ticket.assignee_id),
}
# The order of the ids themselves, and that turned round.
BY_ID = (("id",), ("-id",))

# What plain users may not read, they cannot find out from an order either.
_PUBLIC = (FollowUp.ticket_id == Ticket.id, FollowUp.public.is_(True))
_LAST_SAID = select(func.max(FollowUp.created_at)).where(*_PUBLIC).correlate(Ticket).scalar_subquery()
PUBLIC_ORDERS: dict[str, ColumnElement[Any] | Any] = {
    **ORDERS,
    "last_activity": func.greatest(Ticket.created_at, Ticket.modified_at, _LAST_SAID),
    "replies": select(func.count()).where(*_PUBLIC, FollowUp.is_reply).correlate(Ticket).scalar_subquery(),
}


# Of every ticket, and of every support ticket: PostgreSQL finds no index for an order that says where nothing goes.
_NEVER_EMPTY = frozenset(("id", "created", "last_activity", "replies", "stage", "creator"))
_NEVER_EMPTY_OF_SUPPORT = _NEVER_EMPTY | {"priority", "status", "title"}


@dataclass(frozen=True, slots=True)
class Key:
    """Something to sort by."""

    column: ColumnElement[Any]
    descending: bool
    may_be_empty: bool

    def clause(self, column: ColumnElement[Any] | None = None, *, turned: bool = False) -> ColumnElement[Any]:
        """As ORDER BY has it, also of another column with the same values, or for reading the list from its end."""
        column = self.column if column is None else column
        clause = column.desc() if self.descending != turned else column.asc()
        if not self.may_be_empty:
            return clause
        return clause.nulls_first() if turned else clause.nulls_last()


def keys(wanted: TicketFilter, actor: Actor) -> list[Key]:
    """What to sort by; nothing sorts after everything, whichever way round."""
    orders = ORDERS if actor.is_staff else PUBLIC_ORDERS
    never_empty = _NEVER_EMPTY_OF_SUPPORT if wanted.kinds == SUPPORT else _NEVER_EMPTY
    found = []
    for word in wanted.order:
        name = word.removeprefix("-")
        found.append(Key(orders[name], word.startswith("-"), name not in never_empty))
    if not {"id", "-id"} & set(wanted.order):
        found.append(Key(ORDERS["id"], descending=False, may_be_empty=False))
    return found


def order_by(wanted: TicketFilter, actor: Actor) -> list[ColumnElement[Any]]:
    """The columns of ORDER BY."""
    return [key.clause() for key in keys(wanted, actor)]
