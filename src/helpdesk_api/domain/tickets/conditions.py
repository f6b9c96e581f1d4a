"""A ticket filter as SQL: every list of every dialect selects by these conditions.

What is looked for is bound by name (`values`), so that a statement can be compiled once for all filters of one shape
(`shape`). Kinds, statuses and stages are written out: for a bound one PostgreSQL could not tell which partial index
fits.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    String,
    TextClause,
    and_,
    any_,
    bindparam,
    cast,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from helpdesk_api.db.statements import written_out
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.tickets.commands import TicketFilter, UploadStatus
from helpdesk_api.domain.tickets.search import says, terms, ways_of_saying
from helpdesk_api.domain.tickets.stage_conditions import in_stages
from helpdesk_api.models import Department, Queue, Ticket
from helpdesk_api.models.ticket import IS_COMPLETED, IS_IN_PROGRESS, IS_PENDING

# In the words of the indexes, as PostgreSQL has to find them.
UPLOAD_STATUS: dict[UploadStatus, TextClause] = {
    UploadStatus.PENDING: text(IS_PENDING),
    UploadStatus.IN_PROGRESS: text(IS_IN_PROGRESS),
    UploadStatus.COMPLETED: text(IS_COMPLETED),
}
_EMPTY: ColumnElement[str] = literal_column("''")
IS_UPLOAD = Ticket.kind == literal_column("'upload'")
IS_SUPPORT = Ticket.kind == literal_column("'support'")


def _any(column: Any, name: str) -> ColumnElement[bool]:
    return column == any_(bindparam(name, type_=ARRAY(BigInteger)))  # type: ignore[no-any-return]


def _text(name: str) -> ColumnElement[str]:
    return bindparam(name, type_=String)


def _number(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=BigInteger)


_QUEUES = select(Queue.id).join(Department, Department.id == Queue.department_id)
_CONCERNED = _number("concerns_id")
# By what of a filter is bound.
_BOUND: dict[str, ColumnElement[bool]] = {
    "queue_ids": _any(Ticket.queue_id, "queue_ids"),
    "queue_id": Ticket.queue_id == _number("queue_id"),
    "assignee_ids": _any(Ticket.assignee_id, "assignee_ids"),
    "assignee_id": Ticket.assignee_id == _number("assignee_id"),
    "priorities": and_(IS_SUPPORT, _any(Ticket.priority, "priorities")),
    "priority": and_(IS_SUPPORT, Ticket.priority == _number("priority")),
    # The index leaves out those without an address, and a filter by none is no filter.
    "submitter_email": and_(Ticket.submitter_email == _text("submitter_email"), Ticket.submitter_email != _EMPTY),
    "concerns_id": or_(Ticket.creator_id == _CONCERNED, Ticket.assignee_id == _CONCERNED),
    "custom_values": Ticket.custom_values.contains(cast(_text("custom_values"), JSONB)),
    "start_date": Ticket.created_at >= bindparam("start_date", type_=Ticket.created_at.type),
    "end_date": Ticket.created_at < bindparam("end_date", type_=Ticket.created_at.type),
    "department": Ticket.queue_id.in_(_QUEUES.where(Department.name == _text("department"))),
    "queue_title": Ticket.queue_id.in_(_QUEUES.where(Queue.title == _text("queue_title"))),
}


def conditions(wanted: TicketFilter, actor: Actor) -> list[ColumnElement[bool]]:
    """What a ticket must be to match; the actor's own view decides which comments are searched."""
    found = [_by_kind(wanted), _by_status(wanted), _by_hold(wanted)]
    found += [_BOUND[name] for name in values(wanted) if name in _BOUND]
    if wanted.search:
        found.append(says(actor))
    if wanted.stages is not None:
        found += [IS_SUPPORT, in_stages(wanted.stages)]
    return [condition for condition in found if condition is not None]


def ways(wanted: TicketFilter, actor: Actor) -> list[list[ColumnElement[bool]]]:
    """The conditions as some of which each can be answered by an index: a ticket matches if it does in one way."""
    others = conditions(replace(wanted, concerns_id=None, search=None), actor)
    ways = [others]
    if wanted.concerns_id is not None:
        ways = [[*way, column == _CONCERNED] for way in ways for column in (Ticket.creator_id, Ticket.assignee_id)]
    if wanted.search:
        ways_of_saying_it = ways_of_saying(wanted.search, actor)
        ways = [[*way, IS_SUPPORT, says] for way in ways for says in ways_of_saying_it]
    return ways


def values(wanted: TicketFilter) -> dict[str, Any]:
    """What the conditions look for, by the names under which it is bound."""
    first, last = wanted.start_date, wanted.end_date
    found = {
        **_listed("queue_id", "queue_ids", wanted.queue_ids),
        **_listed("assignee_id", "assignee_ids", wanted.assignee_ids),
        **_listed("priority", "priorities", wanted.priorities),
        "submitter_email": wanted.submitter_email,
        "concerns_id": wanted.concerns_id,
        "custom_values": json.dumps(dict(wanted.custom_values)) if wanted.custom_values else None,
        **(terms(wanted.search) if wanted.search else {}),
        "start_date": None if first is None else datetime.combine(first, time(), UTC),
        "end_date": None if last is None else datetime.combine(last, time(), UTC) + timedelta(days=1),
        "department": wanted.department,
        "queue_title": wanted.queue_title,
    }
    return {name: value for name, value in found.items() if value is not None}


def shape(wanted: TicketFilter) -> Hashable:
    """What filters have in common whose conditions and order differ by the bound values alone."""
    written_out = (wanted.kinds, wanted.upload_statuses, wanted.statuses, wanted.stages, wanted.on_hold, wanted.order)
    return (*written_out, frozenset(values(wanted)))


def _by_kind(wanted: TicketFilter) -> ColumnElement[bool] | None:
    if len(wanted.kinds) == 2:
        return None
    return Ticket.kind.in_(written_out(wanted.kinds))


def _by_status(wanted: TicketFilter) -> ColumnElement[bool] | None:
    """Words can only match upload tickets, numbers only support tickets; both together match either."""
    ways: list[Any] = []
    if wanted.upload_statuses:
        ways += [UPLOAD_STATUS[status] for status in sorted(wanted.upload_statuses)]
    if wanted.statuses:
        ways.append(and_(IS_SUPPORT, Ticket.status.in_(written_out(wanted.statuses))))
    return or_(*ways) if ways else None


def _by_hold(wanted: TicketFilter) -> ColumnElement[bool] | None:
    if wanted.on_hold is None:
        return None
    # Said as the index says it: PostgreSQL does not find that for `on_hold IS true`.
    return and_(IS_SUPPORT, Ticket.on_hold if wanted.on_hold else ~Ticket.on_hold)


def listed(numbers: Collection[int] | None) -> list[int] | None:
    """As a bound array takes them."""
    return None if numbers is None else sorted(numbers)


def _listed(one: str, several: str, numbers: Collection[int] | None) -> dict[str, Any]:
    """A single number by itself: an index has what equals it in order, and not what is in an array."""
    if numbers is not None and len(numbers) == 1:
        return {one: next(iter(numbers))}
    return {several: listed(numbers)}
