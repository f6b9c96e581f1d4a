"""Queries that find every ticket of a filter, for lists that are not walked in an index: to count and to sort them.

PostgreSQL plans them for everything that matches; with a LIMIT of its own it might walk the whole table for a match it
expects to come early.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Integer,
    Select,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import listed_tickets
from helpdesk_api.domain.tickets.commands import TicketFilter
from helpdesk_api.domain.tickets.conditions import ways
from helpdesk_api.domain.tickets.ordering import Key, keys
from helpdesk_api.models import Ticket

_PASSED = bindparam("passed_over", type_=BigInteger)
_PASSED_IN_ARRAY = bindparam("passed_over", type_=Integer)


def counted_by_id(actor: Actor, wanted: TicketFilter, size: int, *, newest_first: bool, last: bool) -> Select[Any]:
    """How many there are and a page of their ids, ascending, in one pass: rows mostly lie in the order of their ids.

    The page is the one after `passed_over` others, or the last.
    """
    found = _found(actor, wanted).subquery("found")
    return _counted_in_one_pass(found, [found.c.id.asc()], size, from_the_end=newest_first, last=last)


def counted(actor: Actor, wanted: TicketFilter, size: int, *, last: bool) -> Select[Any]:
    """The same in another order."""
    sort = keys(wanted, actor)
    if _has_few(wanted):
        few = _found(actor, wanted, sort).subquery("found")
        return _counted_in_one_pass(few, _order(few, sort), size, last=last)
    # Of many, to sort all would cost more than to keep them for a look at each for the page and one for the total.
    found = _found(actor, wanted, sort).cte("found")
    total = select(func.count()).select_from(found).scalar_subquery()
    page = _sorted(found, sort).limit(literal_column(str(size)))
    page = page.offset(func.greatest((total - 1) // size * size, 0) if last else _PASSED)
    return select(total).add_columns(func.array(page.scalar_subquery()))


def _has_few(wanted: TicketFilter) -> bool:
    """Whether it is of one person's tickets: up to some 10,000 are as well sorted as kept (docs/performance.md)."""
    assignees = wanted.assignee_ids
    return wanted.submitter_email is not None or (assignees is not None and len(assignees) == 1)


def _counted_in_one_pass(
    found: FromClause, order: Sequence[ColumnElement[Any]], size: int, *, last: bool, from_the_end: bool = False
) -> Select[Any]:
    ids = func.array_agg(aggregate_order_by(found.c.id, *order), type_=ARRAY(BigInteger))
    total: ColumnElement[int] = func.count().cast(Integer)
    one: ColumnElement[int] = literal_column("1", Integer)
    length: ColumnElement[int] = literal_column(str(size), Integer)
    before = func.greatest((total - one) // length * length, 0) if last else _PASSED_IN_ARRAY
    first, until = (total - before - length + one, total - before) if from_the_end else (before + one, before + length)
    return select(func.count(), ids[first:until]).select_from(found)


def sorted_ids(actor: Actor, wanted: TicketFilter, length: int, *, turned: bool) -> Select[Any]:
    """So many of their ids after `passed_over` others, in another order or in that turned round."""
    sort = keys(wanted, actor)
    # OFFSET keeps the LIMIT out of it.
    found = _found(actor, wanted, sort).offset(literal_column("0")).subquery("found")
    return _sorted(found, sort, turned=turned).limit(literal_column(str(length))).offset(_PASSED)


def _found(actor: Actor, wanted: TicketFilter, sort: Sequence[Key] = ()) -> Select[Any] | CompoundSelect[Any]:
    """The id of each, and what it is sorted by."""
    columns = [key.column.label(f"key_{number}") for number, key in enumerate(sort)]
    one, *others = (select(Ticket.id, *columns).where(listed_tickets(actor), *way) for way in ways(wanted, actor))
    return one.union(*others) if others else one


def _sorted(found: FromClause, sort: Sequence[Key], *, turned: bool = False) -> Select[Any]:
    return select(found.c.id).order_by(*_order(found, sort, turned=turned))


def _order(found: FromClause, sort: Sequence[Key], *, turned: bool = False) -> list[ColumnElement[Any]]:
    return [key.clause(found.c[f"key_{number}"], turned=turned) for number, key in enumerate(sort)]
