"""How many tickets a list has in all, without finding them where the database keeps count or an index is enough."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, String, and_, any_, bindparam, func, or_, select

from helpdesk_api.db.session import Session
from helpdesk_api.db.statements import Statement
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.tickets import one_person
from helpdesk_api.domain.tickets.commands import TicketFilter, UploadStatus
from helpdesk_api.domain.tickets.conditions import listed
from helpdesk_api.domain.tickets.kept import Kept, kept
from helpdesk_api.models import ReaderCount, TicketCount

# The numbers that stand for an upload ticket's status in `ticket_counts.stage`.
_UPLOAD_STAGES = {UploadStatus.PENDING: 1, UploadStatus.IN_PROGRESS: 2, UploadStatus.COMPLETED: 3}


def _is_in(column: Any, name: str) -> ColumnElement[bool]:
    """In the numbers that are given; anything, where none are."""
    numbers = bindparam(name, type_=ARRAY(BigInteger))
    return or_(numbers.is_(None), column == any_(numbers))


def _sum(column: Any) -> ColumnElement[int]:
    return func.coalesce(func.sum(column), 0).cast(BigInteger)


_KINDS = any_(bindparam("kinds", type_=ARRAY(String)))
_TOTAL = Statement(
    select(_sum(TicketCount.tickets)).where(
        TicketCount.kind == _KINDS,
        or_(
            and_(
                TicketCount.kind == "support",
                _is_in(TicketCount.queue_id, "queue_ids"),
                _is_in(TicketCount.status, "statuses"),
                _is_in(TicketCount.stage, "stages"),
            ),
            and_(TicketCount.kind == "upload", _is_in(TicketCount.stage, "upload_stages")),
        ),
    )
)
_USER = bindparam("user_id", type_=BigInteger)
_EMAIL = bindparam("email", type_=String)
_SEEN = Statement(
    select(_sum(ReaderCount.tickets))
    .add_columns(_sum(ReaderCount.own))
    .where(
        ReaderCount.kind == _KINDS,
        or_(
            and_(ReaderCount.user_id == _USER, ReaderCount.email.in_(("", _EMAIL))),
            and_(ReaderCount.user_id == 0, ReaderCount.email == _EMAIL),
        ),
    )
)


async def known_total(session: Session, actor: Actor, wanted: TicketFilter) -> int | None:
    """How many tickets match, where that is known before the list is read; `None` where it has to be found first.

    The database keeps count by kind, queue, status and stage for those who see all tickets, and of all that a plain
    user sees; one person's are few, and an index has them together.
    """
    asked = kept(wanted)
    if asked is None:
        return await _of_one_person(session, actor, wanted)
    if sees_all(actor, asked.kinds):
        return await _total(session, asked)
    if asked.is_everything and not actor.reads_every_ticket:
        return (await _seen(session, actor, asked.kinds))[0]
    return None


def sees_all(actor: Actor, kinds: frozenset[str]) -> bool:
    """Whether the actor may read every ticket of these kinds."""
    return actor.is_staff or (actor.reads_every_ticket and kinds <= {"support"})


async def _of_one_person(session: Session, actor: Actor, wanted: TicketFilter) -> int | None:
    if sees_all(actor, wanted.kinds) and one_person.is_of_one_person(wanted):
        return await one_person.total(session, actor, wanted)
    return None


async def total_of_own(session: Session, actor: Actor) -> int:
    """How many support tickets the actor opened or requested."""
    return (await _seen(session, actor, ("support",)))[1]


async def _total(session: Session, asked: Kept) -> int:
    words = asked.upload_statuses
    row = await _TOTAL.first(
        session,
        kinds=sorted(asked.kinds),
        queue_ids=listed(asked.queue_ids),
        statuses=listed(asked.statuses),
        stages=listed(asked.stages),
        upload_stages=None if words is None else [_UPLOAD_STAGES[word] for word in words],
    )
    return 0 if row is None else int(row[0])


async def _seen(session: Session, actor: Actor, kinds: Collection[str]) -> tuple[int, int]:
    """How many tickets a plain user sees, and how many of them are their own."""
    row = await _SEEN.first(session, kinds=sorted(kinds), user_id=actor.user_id, email=actor.email)
    return (0, 0) if row is None else (int(row[0]), int(row[1]))
