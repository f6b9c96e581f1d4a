"""Lists of one person's tickets: an index has whatever is asked of them, so nothing else is read for total and page.

How many somebody requested or opened, the database keeps count of; those with more asked of them are counted in the
index.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Select, String, any_, bindparam, func, select

from helpdesk_api.db.session import Session
from helpdesk_api.db.statements import Statement
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.tickets import index_scans, shapes
from helpdesk_api.domain.tickets.commands import TicketFilter
from helpdesk_api.domain.tickets.conditions import conditions, ways
from helpdesk_api.domain.tickets.index_scans import Stretch
from helpdesk_api.domain.tickets.ordering import BY_ID
from helpdesk_api.models import ReaderCount, Ticket

_KINDS = any_(bindparam("kinds", type_=ARRAY(String)))
_CONCERNED = bindparam("concerns_id", type_=BigInteger)
_REQUESTER = bindparam("submitter_email", type_=String)


def _kept(column: Any, *where: Any) -> Any:
    """The sum of a column of the counts that are kept."""
    total = func.coalesce(func.sum(column), 0).cast(BigInteger)
    return select(total).where(ReaderCount.kind == _KINDS, *where)


_REQUESTED = Statement(_kept(ReaderCount.tickets, ReaderCount.user_id == 0, ReaderCount.email == _REQUESTER))
_OPENED = _kept(ReaderCount.own, ReaderCount.user_id == _CONCERNED, ReaderCount.email == "").scalar_subquery()
_ASSIGNED = select(func.count()).where(
    Ticket.assignee_id == _CONCERNED, Ticket.creator_id != _CONCERNED, Ticket.kind == _KINDS
)
_OPENED_OR_ASSIGNED = Statement(select(_OPENED + _ASSIGNED.scalar_subquery()))


def is_of_one_person(wanted: TicketFilter) -> bool:
    """Whether it asks for the tickets of one requester or assignee, or of one who opened them or is assigned.

    And for nothing else but what their index has (`models.ticket.LIST_INDEXES`), in the order that it has: for another
    one all have to be found anyway, and counting them before is worth it only where the count is kept.
    """
    if _is_by_requester_alone(wanted):
        return True
    listed = TicketFilter(kinds=wanted.kinds, order=wanted.order)
    if wanted.order not in BY_ID:
        return False
    if wanted.concerns_id is not None:
        # By opener and kind, ids come in their order.
        return len(wanted.kinds) == 1 and wanted == replace(listed, concerns_id=wanted.concerns_id)
    in_index = replace(
        listed,
        statuses=wanted.statuses,
        priorities=wanted.priorities,
        start_date=wanted.start_date,
        end_date=wanted.end_date,
    )
    if wanted.assignee_ids is not None:
        return len(wanted.assignee_ids) == 1 and wanted == replace(in_index, assignee_ids=wanted.assignee_ids)
    return wanted.submitter_email is not None and wanted == replace(in_index, submitter_email=wanted.submitter_email)


def _is_by_requester_alone(wanted: TicketFilter) -> bool:
    email = wanted.submitter_email
    return email is not None and wanted == TicketFilter(kinds=wanted.kinds, order=wanted.order, submitter_email=email)


async def total(session: Session, actor: Actor, wanted: TicketFilter) -> int:
    """How many there are, for an actor who sees all of these kinds."""
    kinds = sorted(wanted.kinds)
    if wanted.concerns_id is not None:
        row = await _OPENED_OR_ASSIGNED.first(session, kinds=kinds, concerns_id=wanted.concerns_id)
    elif _is_by_requester_alone(wanted):
        row = await _REQUESTED.first(session, kinds=kinds, submitter_email=wanted.submitter_email)
    else:
        return int((await shapes.run(session, actor, wanted, "total", lambda: _count(actor, wanted)))[0][0])
    return 0 if row is None else int(row[0])


def _count(actor: Actor, wanted: TicketFilter) -> Select[Any]:
    return select(func.count()).select_from(Ticket).where(*conditions(wanted, actor))


def ids(actor: Actor, wanted: TicketFilter, stretch: Stretch) -> Select[Any]:
    """A stretch of their ids, in the order of these."""
    branches = [select(Ticket.id).where(*way) for way in ways(wanted, actor)]
    return index_scans.merged(branches, stretch, distinct=len(branches) > 1)
