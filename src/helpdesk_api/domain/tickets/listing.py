"""Where the pages of a list of tickets are: their ids, and how many there are in all.

A list the database keeps count of is read from an index, in its order, from the nearer end; far inside a list of whole
kinds the counts of blocks say where to begin. Any other list is found once, counted and sorted in the same query: that
costs what it finds. `tests/domain/tickets/test_listing.py` holds both against a plain count and OFFSET.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BigInteger, Select, String, bindparam, literal_column, or_, select

from helpdesk_api.db.paginate import Slice, slice_of
from helpdesk_api.db.session import Session
from helpdesk_api.db.statements import Statement
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import listed_tickets
from helpdesk_api.domain.tickets import found, index_scans, one_person, shapes
from helpdesk_api.domain.tickets.commands import TicketFilter
from helpdesk_api.domain.tickets.conditions import conditions
from helpdesk_api.domain.tickets.index_scans import Stretch
from helpdesk_api.domain.tickets.kept import Kept, kept
from helpdesk_api.domain.tickets.ordering import BY_ID, keys
from helpdesk_api.domain.tickets.totals import known_total, sees_all, total_of_own
from helpdesk_api.models import Department, Queue, Ticket
from helpdesk_api.paging import Page, PageRequest

# Passing over so many ids of an index costs less than finding the block to begin in.
FAR = 1000
# Past this, reading that many of each queue costs more than leaving it to PostgreSQL.
_FAR_IN_QUEUES = 2000
# No list has so many tickets, and the end of a page after them is still a number PostgreSQL counts an array by.
_LARGEST_OFFSET = 2**30
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

    def ids(self, rows: Sequence[Sequence[Any]]) -> Sequence[int]:
        """The ids that were read, in the order of the list."""
        found = [row[0] for row in rows]
        return found[::-1] if self.is_turned else found


async def page_of_ids(session: Session, actor: Actor, wanted: TicketFilter, request: PageRequest) -> Page[int]:
    """A page of the ids of visible tickets in the order that is wanted. Raises `PageOutOfRange`."""
    wanted = await _with_queues(session, wanted)
    total = await known_total(session, actor, wanted)
    if total is None:
        return await _found_at_once(session, actor, wanted, request)
    where = slice_of(request, total)
    asked = kept(wanted)
    ids: Sequence[int] = ()
    if where.length and wanted.order not in BY_ID:
        ids = await _sorted(session, actor, wanted, where)
    elif where.length:
        place = _Place.of(where, newest_first=wanted.order == ("-id",))
        if asked is None:
            ids = await _of_one_person(session, actor, wanted, place)
        else:
            ids = await _by_id(session, actor, asked, where, place)
    return Page(ids, total, where.number, request.size)


async def page_of_own(session: Session, actor: Actor, request: PageRequest) -> Page[int]:
    """A page of the ids of the support tickets the actor opened or requested, newest first. Raises `PageOutOfRange`."""
    total = await total_of_own(session, actor)
    where = slice_of(request, total)
    place = _Place.of(where, newest_first=True)
    ids = await _scan(session, index_scans.of_own(place.stretch), place, user_id=actor.user_id, email=actor.email)
    return Page(ids, total, where.number, request.size)


async def _by_id(session: Session, actor: Actor, asked: Kept, where: Slice, place: _Place) -> Sequence[int]:
    if not sees_all(actor, asked.kinds):
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
    return place.ids(rows)


async def _of_one_person(session: Session, actor: Actor, wanted: TicketFilter, place: _Place) -> Sequence[int]:
    def build() -> Select[Any]:
        return one_person.ids(actor, wanted, place.stretch)

    rows = await shapes.run(session, actor, wanted, place.stretch, build, passed_over=place.passed_over)
    return place.ids(rows)


async def _sorted(session: Session, actor: Actor, wanted: TicketFilter, where: Slice) -> Sequence[int]:
    """In another order than that of the ids, from the nearer end."""
    is_turned = where.is_nearer_the_end

    def build() -> Select[Any]:
        if kept(wanted) is None:
            return found.sorted_ids(actor, wanted, where.length, turned=is_turned)
        # PostgreSQL chooses how, and finds an index for some.
        query = select(Ticket.id).where(listed_tickets(actor), *conditions(wanted, actor))
        query = query.order_by(*(key.clause(turned=is_turned) for key in keys(wanted, actor)))
        return query.limit(literal_column(str(where.length))).offset(_PASSED)

    passed_over = where.after if is_turned else where.before
    rows = await shapes.run(session, actor, wanted, (is_turned, where.length), build, passed_over=passed_over)
    ids = [row[0] for row in rows]
    return ids[::-1] if is_turned else ids


async def _found_at_once(session: Session, actor: Actor, wanted: TicketFilter, request: PageRequest) -> Page[int]:
    """Found, counted and sorted in one query."""
    last = request.number == "last"
    newest_first = wanted.order == ("-id",)

    def build() -> Select[Any]:
        if wanted.order in BY_ID:
            return found.counted_by_id(actor, wanted, request.size, newest_first=newest_first, last=last)
        return found.counted(actor, wanted, request.size, last=last)

    passed_over = 0 if request.number == "last" else min((request.number - 1) * request.size, _LARGEST_OFFSET)
    rows = await shapes.run(session, actor, wanted, (request.size, last), build, passed_over=passed_over)
    total, ids = rows[0][0], rows[0][1] or ()
    number = slice_of(request, total).number
    return Page(ids[::-1] if newest_first else ids, total, number, request.size)


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
