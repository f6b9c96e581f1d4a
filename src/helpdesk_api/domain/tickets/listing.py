"""Where the pages of a list of tickets are: their ids, and how many there are in all.

A list the database keeps count of is read from an index, in its order, from the nearer end; far inside a list of whole
kinds the counts of blocks say where to begin. Any other list is found once, counted and sorted in the same query: that
costs what it finds. `tests/domain/tickets/test_listing.py` holds both against a plain count and OFFSET.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BigInteger, Select, String, bindparam, func, literal_column, or_, select

from helpdesk_api.db.paginate import Slice, slice_of
from helpdesk_api.db.session import Session
from helpdesk_api.db.statements import Statement
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import listed_tickets
from helpdesk_api.domain.tickets import index_scans
from helpdesk_api.domain.tickets.commands import TicketFilter
from helpdesk_api.domain.tickets.conditions import conditions, shape, values, ways
from helpdesk_api.domain.tickets.index_scans import Stretch
from helpdesk_api.domain.tickets.kept import Kept, kept
from helpdesk_api.domain.tickets.ordering import keys
from helpdesk_api.domain.tickets.totals import known_total, sees_all, total_of_own
from helpdesk_api.models import Department, Queue, Ticket
from helpdesk_api.paging import Page, PageRequest

_BY_ID = (("id",), ("-id",))
# Passing over so many ids of an index costs less than finding the block to begin in.
FAR = 1000
# Past this, reading that many of each queue costs more than leaving it to PostgreSQL.
_FAR_IN_QUEUES = 2000
_LARGEST_OFFSET = 2**63 - 1
_MOST_STATEMENTS = 512
_PASSED = bindparam("passed_over", type_=BigInteger)
_DEPARTMENT = bindparam("department", type_=String)
_TITLE = bindparam("title", type_=String)


@dataclass(frozen=True, slots=True)
class _Place:
    """A page as its list is read: from which end, and how many ids that passes over."""

    stretch: Stretch
    passed_over: int
    is_turned: bool

    @classmethod
    def of(cls, where: Slice, *, newest_first: bool) -> _Place:
        is_turned = where.is_nearer_the_end
        passed_over = where.after if is_turned else where.before
        return cls(Stretch(where.length, newest_first != is_turned, not passed_over), passed_over, is_turned)


async def page_of_ids(session: Session, actor: Actor, wanted: TicketFilter, request: PageRequest) -> Page[int]:
    """A page of the ids of visible tickets in the order that is wanted. Raises `PageOutOfRange`."""
    wanted = await _with_queues(session, wanted)
    total = await known_total(session, actor, wanted)
    if total is None:
        return await _found_at_once(session, actor, wanted, request)
    where = slice_of(request, total)
    asked = kept(wanted)
    if not where.length or asked is None:
        return Page([], total, where.number, request.size)
    if wanted.order in _BY_ID:
        place = _Place.of(where, newest_first=wanted.order == ("-id",))
        ids = await _by_id(session, actor, asked, where, place)
    else:
        ids = await _sorted(session, actor, wanted, where)
    return Page(ids, total, where.number, request.size)


async def page_of_own(session: Session, actor: Actor, request: PageRequest) -> Page[int]:
    """A page of the ids of the support tickets the actor opened or requested, newest first. Raises `PageOutOfRange`."""
    total = await total_of_own(session, actor)
    where = slice_of(request, total)
    place = _Place.of(where, newest_first=True)
    ids = await _scan(session, index_scans.of_own(place.stretch), place, user_id=actor.user_id, email=actor.email)
    return Page(ids, total, where.number, request.size)


async def _by_id(session: Session, actor: Actor, asked: Kept, where: Slice, place: _Place) -> Sequence[int]:
    if not sees_all(actor, asked):
        statement = index_scans.of_user(asked.kinds, place.stretch)
        return await _scan(session, statement, place, user_id=actor.user_id, email=actor.email)
    if asked.is_everything and place.passed_over > FAR:
        return await _from_block(session, asked, where, newest_first=place.stretch.descending != place.is_turned)
    queues = sorted(asked.queue_ids or ())
    if len(queues) > 1:
        statement = index_scans.of_queues(replace(asked, queue_ids=frozenset()), place.stretch)
        return await _scan(session, statement, place, queue_ids=queues)
    if queues:
        asked = replace(asked, queue_ids=frozenset())
    return await _scan(session, index_scans.of_kept(asked, place.stretch), place, queue_id=next(iter(queues), None))


async def _from_block(session: Session, asked: Kept, where: Slice, *, newest_first: bool) -> Sequence[int]:
    """Far inside it is one way to either end, so it is always read upwards."""
    passed_over = where.after if newest_first else where.before
    statement = index_scans.from_block(asked.kinds, where.length)
    rows = await statement.all(session, kinds=sorted(asked.kinds), passed_over=passed_over)
    ids = [row[0] for row in rows]
    return ids[::-1] if newest_first else ids


async def _scan(session: Session, statement: Statement, place: _Place, **parameters: Any) -> Sequence[int]:
    rows = await statement.all(session, passed_over=place.passed_over, **parameters)
    ids = [row[0] for row in rows]
    return ids[::-1] if place.is_turned else ids


async def _sorted(session: Session, actor: Actor, wanted: TicketFilter, where: Slice) -> Sequence[int]:
    """In another order than that of the ids: PostgreSQL chooses how, and finds an index for some."""
    is_turned = where.is_nearer_the_end

    def build() -> Select[Any]:
        query = select(Ticket.id).where(listed_tickets(actor), *conditions(wanted, actor))
        query = query.order_by(*(key.clause(turned=is_turned) for key in keys(wanted, actor)))
        return query.limit(literal_column(str(where.length))).offset(_PASSED)

    passed_over = where.after if is_turned else where.before
    rows = await _run(session, actor, wanted, (is_turned, where.length), build, passed_over)
    ids = [row[0] for row in rows]
    return ids[::-1] if is_turned else ids


async def _found_at_once(session: Session, actor: Actor, wanted: TicketFilter, request: PageRequest) -> Page[int]:
    """Found, counted and sorted in one query: PostgreSQL plans for all that match, and hopes for no early page."""
    last = request.number == "last"

    def build() -> Select[Any]:
        return _counted_page(actor, wanted, request.size, last=last)

    passed_over = 0 if request.number == "last" else min((request.number - 1) * request.size, _LARGEST_OFFSET)
    ((total, ids),) = await _run(session, actor, wanted, (request.size, last), build, passed_over)
    return Page(ids, total, slice_of(request, total).number, request.size)


def _counted_page(actor: Actor, wanted: TicketFilter, size: int, *, last: bool) -> Select[Any]:
    sort = keys(wanted, actor)
    columns = [key.column.label(f"key_{number}") for number, key in enumerate(sort)]
    one, *others = (select(Ticket.id, *columns).where(listed_tickets(actor), *way) for way in ways(wanted, actor))
    found = (one.union(*others) if others else one).cte("found")
    total = select(func.count()).select_from(found).scalar_subquery()
    order = [key.clause(found.c[column.name]) for key, column in zip(sort, columns, strict=True)]
    offset = func.greatest((total - 1) // size * size, 0) if last else _PASSED
    page = select(found.c.id).order_by(*order).limit(literal_column(str(size))).offset(offset)
    return select(total).add_columns(func.array(page.scalar_subquery()))


_statements: dict[Hashable, Statement] = {}


async def _run(
    session: Session,
    actor: Actor,
    wanted: TicketFilter,
    more: Hashable,
    build: Callable[[], Select[Any]],
    passed_over: int,
) -> Sequence[Sequence[Any]]:
    """Run a query on the tickets that are wanted; what staff ask is compiled once for each shape of it."""
    parameters = {**values(wanted), "passed_over": passed_over}
    if not actor.is_staff:
        return list(await session.execute(build(), parameters))
    shape_of_it = (shape(wanted), more)
    statement = _statements.get(shape_of_it)
    if statement is None:
        if len(_statements) >= _MOST_STATEMENTS:
            _statements.clear()
        statement = _statements[shape_of_it] = Statement(build())
    return await statement.all(session, **parameters)


_QUEUES_NAMED = Statement(
    select(Queue.id)
    .join(Department, Department.id == Queue.department_id)
    .where(or_(_DEPARTMENT.is_(None), Department.name == _DEPARTMENT), or_(_TITLE.is_(None), Queue.title == _TITLE))
)


async def _with_queues(session: Session, wanted: TicketFilter) -> TicketFilter:
    """The same filter with the ids of the queues it names."""
    if wanted.department is None and wanted.queue_title is None:
        return wanted
    rows = await _QUEUES_NAMED.all(session, department=wanted.department, title=wanted.queue_title)
    named = frozenset(row[0] for row in rows)
    queue_ids = named if wanted.queue_ids is None else named & wanted.queue_ids
    return replace(wanted, queue_ids=queue_ids, department=None, queue_title=None)
