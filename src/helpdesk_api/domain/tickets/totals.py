"""How many tickets a list has in all, without counting them where the database keeps count."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import ARRAY, BigInteger, String, any_, bindparam, func, or_, select

from helpdesk_api.db.session import Session
from helpdesk_api.db.statements import Statement
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.tickets.commands import TicketFilter
from helpdesk_api.models import TicketCount

_QUEUES = bindparam("queue_ids", type_=ARRAY(BigInteger))
_STATUSES = bindparam("statuses", type_=ARRAY(BigInteger))
_TOTAL = Statement(
    select(func.coalesce(func.sum(TicketCount.tickets), 0).cast(BigInteger)).where(
        TicketCount.kind == any_(bindparam("kinds", type_=ARRAY(String))),
        or_(_QUEUES.is_(None), TicketCount.queue_id == any_(_QUEUES)),
        or_(_STATUSES.is_(None), TicketCount.status == any_(_STATUSES)),
    )
)


async def known_total(session: Session, actor: Actor, wanted: TicketFilter) -> int | None:
    """How many tickets match, where the database keeps count of just these; `None` where they have to be counted.

    It keeps count by kind, queue and status, of all tickets: for those who see them all.
    """
    kinds = wanted.kinds if wanted.statuses is None else wanted.kinds & {"support"}
    sees_all = actor.is_staff or (actor.reads_every_ticket and kinds <= {"support"})
    if not sees_all or not _is_kept(wanted):
        return None
    row = await _TOTAL.first(
        session, kinds=sorted(kinds), queue_ids=_listed(wanted.queue_ids), statuses=_listed(wanted.statuses)
    )
    return 0 if row is None else int(row[0])


def _is_kept(wanted: TicketFilter) -> bool:
    rest = replace(wanted, kinds=TicketFilter().kinds, statuses=None, queue_ids=None, order=TicketFilter().order)
    return rest == TicketFilter()


def _listed(numbers: Collection[int] | None) -> list[int] | None:
    return None if numbers is None else sorted(numbers)
