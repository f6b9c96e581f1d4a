"""Queries that find a page's ids by walking indexes in their order, so that no more is read than the page has.

Every statement is compiled once for each shape of a list. Kinds, statuses and stages are written out in it: for a bound
one PostgreSQL could not tell which partial index fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    text,
    true,
    union_all,
)

from helpdesk_api.db.statements import Statement
from helpdesk_api.domain.tickets.conditions import IS_SUPPORT, IS_UPLOAD, UPLOAD_STATUS
from helpdesk_api.domain.tickets.kept import Kept
from helpdesk_api.models import Subscription, Ticket, TicketBlock
from helpdesk_api.models.ticket import IN_STAGE

# How many ids a block of `ticket_blocks` has, as a power of two.
BLOCK_BITS = 10
_PASSED = bindparam("passed_over", type_=BigInteger)
_QUEUE = bindparam("queue_id", type_=BigInteger)
_QUEUES = bindparam("queue_ids", type_=ARRAY(BigInteger))
_KINDS = bindparam("kinds", type_=ARRAY(String))
_USER = bindparam("user_id", type_=BigInteger)
_EMAIL = bindparam("email", type_=String)


@dataclass(frozen=True, slots=True)
class Stretch:
    """How many ids are wanted, from which end, and whether any are passed over before them."""

    length: int
    descending: bool
    from_the_start: bool

    def sorted(self, query: Select[Any], column: Any) -> Select[Any]:
        """The query in the order of a column, from this end."""
        return query.order_by(column.desc() if self.descending else column)

    def of(self, query: Select[Any], column: Any) -> Select[Any]:
        """The ids of this stretch of a query."""
        query = self.sorted(query, column).limit(literal_column(str(self.length)))
        return query if self.from_the_start else query.offset(_PASSED)

    def reach(self, times: int) -> ColumnElement[int]:
        """How many rows there are to the stretch's end, where each id comes up to so many times."""
        if self.from_the_start:
            return literal_column(str(self.length * times))
        return (_PASSED + literal_column(str(self.length))) * literal_column(str(times))


@lru_cache(maxsize=512)
def of_kept(asked: Kept, stretch: Stretch) -> Statement:
    """Ids of a list that the database keeps count of; `asked` has no queue ids, or one, whichever it is."""
    branches = [select(Ticket.id).where(*condition) for condition in _conditions(asked)]
    return Statement(merged(branches, stretch))


def _conditions(asked: Kept) -> Iterator[list[Any]]:
    """Conditions of which every ticket matches one at most, each with an index in the order of the ids."""
    if asked.is_everything and len(asked.kinds) == 2:
        yield []
        return
    if "upload" in asked.kinds:
        words = asked.upload_statuses
        yield from ([IS_UPLOAD],) if words is None else ([UPLOAD_STATUS[word]] for word in sorted(words))
    if "support" in asked.kinds:
        yield from _support_conditions(asked)


def _support_conditions(asked: Kept, queue: ColumnElement[int] = _QUEUE) -> Iterator[list[Any]]:
    numbers = ", ".join(map(str, sorted(asked.statuses or ())))
    statuses = [] if asked.statuses is None else [text(f"tickets.status IN ({numbers})")]
    stages = [text(f"({' OR '.join(IN_STAGE[stage] for stage in sorted(asked.stages or ()))})")]
    if asked.queue_ids is not None:
        yield [IS_SUPPORT, Ticket.queue_id == queue, *statuses, *(stages if asked.stages is not None else [])]
    elif asked.stages is not None:
        yield from ([text(IN_STAGE[stage]), *statuses] for stage in sorted(asked.stages))
    elif asked.statuses is not None:
        yield from ([IS_SUPPORT, text(f"tickets.status = {status:d}")] for status in sorted(asked.statuses))
    else:
        yield [IS_SUPPORT]


@lru_cache(maxsize=512)
def of_queues(asked: Kept, stretch: Stretch) -> Statement:
    """Ids of such a list in some queues: as many as could be needed from each."""
    queues = func.unnest(_QUEUES).table_valued("id").render_derived("queues")
    query = stretch.sorted(select(Ticket.id).where(*next(_support_conditions(asked, queues.c.id))), Ticket.id)
    each = query.limit(stretch.reach(1)).lateral("each_queue")
    return Statement(stretch.of(select(each.c.id).select_from(queues).join(each, true()), each.c.id))


@lru_cache(maxsize=128)
def of_user(kinds: frozenset[str], stretch: Stretch) -> Statement:
    """Ids of the tickets of these kinds a plain user sees, by every way of seeing one."""
    branches: list[Select[Any]] = []
    if "upload" in kinds:
        branches.append(select(Ticket.id).where(IS_UPLOAD, Ticket.creator_id == _USER))
    if "support" in kinds:
        branches += [*_own(), select(Ticket.id).where(IS_SUPPORT, Ticket.assignee_id == _USER)]
        branches.append(select(Subscription.ticket_id.label("id")).where(Subscription.user_id == _USER))
    return Statement(merged(branches, stretch, distinct=True))


@lru_cache(maxsize=128)
def of_own(stretch: Stretch) -> Statement:
    """Ids of the support tickets somebody opened or requested."""
    return Statement(merged(_own(), stretch, distinct=True))


def _own() -> list[Select[Any]]:
    requested = (IS_SUPPORT, Ticket.submitter_email == _EMAIL, text("tickets.submitter_email <> ''"))
    return [select(Ticket.id).where(IS_SUPPORT, Ticket.creator_id == _USER), select(Ticket.id).where(*requested)]


def merged(branches: list[Select[Any]], stretch: Stretch, *, distinct: bool = False) -> Select[Any]:
    """PostgreSQL merges the branches in the order of their ids, and stops when it has enough.

    It does so only where each has that order itself. What is in more than one of them it would sort as a whole, unless
    no more is asked for than could be needed.
    """
    if len(branches) == 1:
        return stretch.of(branches[0], Ticket.id)
    parts = [stretch.sorted(branch, branch.selected_columns[0]).subquery() for branch in branches]
    together = union_all(*(select(part.c.id) for part in parts)).subquery("merged")
    query = select(together.c.id)
    if distinct:
        few = stretch.sorted(query, together.c.id).limit(stretch.reach(len(branches))).subquery("few")
        return stretch.of(select(few.c.id).distinct(), few.c.id)
    return stretch.of(query, together.c.id)


@lru_cache(maxsize=128)
def from_block(kinds: frozenset[str], length: int) -> Statement:
    """Ids of all tickets of these kinds from far inside: the blocks before them are passed over by their counts."""
    until = func.sum(cast(TicketBlock.tickets, Integer)).over(order_by=TicketBlock.block)
    sums = select(TicketBlock.block, until.label("until")).where(TicketBlock.kind == any_(_KINDS)).subquery("sums")
    first = func.min(sums.c.block).filter(sums.c.until > _PASSED)
    before = func.coalesce(func.max(sums.c.until).filter(sums.c.until <= _PASSED), 0)
    start = select(first.op("<<")(literal_column(str(BLOCK_BITS))).label("id"), before.label("before")).cte("start")
    query = select(Ticket.id).where(Ticket.id >= select(start.c.id).scalar_subquery())
    if len(kinds) == 1:
        query = query.where(text(f"tickets.kind = '{min(kinds)}'"))
    query = query.order_by(Ticket.id).limit(literal_column(str(length)))
    return Statement(query.offset(select(_PASSED - start.c.before).scalar_subquery()))
