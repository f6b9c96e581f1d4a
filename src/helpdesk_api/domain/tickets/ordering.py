"""The orders a list of tickets can be asked for; the id always decides between equals."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from helpdesk_api.domain.actor import Actor
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


# What plain users may not read, they cannot find out from an order either.
_PUBLIC = (FollowUp.ticket_id == Ticket.id, FollowUp.public.is_(True))
_LAST_SAID = select(func.max(FollowUp.created_at)).where(*_PUBLIC).correlate(Ticket).scalar_subquery()
PUBLIC_ORDERS: dict[str, ColumnElement[Any] | Any] = {
    **ORDERS,
    "last_activity": func.greatest(Ticket.created_at, Ticket.modified_at, _LAST_SAID),
    "replies": select(func.count()).where(*_PUBLIC, FollowUp.is_reply).correlate(Ticket).scalar_subquery(),
}


def order_by(names: tuple[str, ...], actor: Actor) -> list[ColumnElement[Any]]:
    """The columns to sort by; nothing sorts after everything, whichever way round."""
    orders = ORDERS if actor.is_staff else PUBLIC_ORDERS
    columns = []
    for name in names:
        column = orders[name.removeprefix("-")]
        columns.append(column.desc().nulls_last() if name.startswith("-") else column.asc().nulls_last())
    if not any(name.removeprefix("-") == "id" for name in names):
        columns.append(Ticket.id.asc())
    return columns
