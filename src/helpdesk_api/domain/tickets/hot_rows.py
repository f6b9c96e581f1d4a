"""The two lists and the one ticket that are read most, as plain rows: what staff see without a filter.

The rows have the attributes of the models that the dialects read, and none of the ORM's cost. Every statement is
compiled once; a page's LIMIT is written out in it, since PostgreSQL plans one with a bound LIMIT anew each time.
`tests/domain/tickets/test_hot_rows.py` holds them against what the ORM reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import ARRAY, BigInteger, and_, any_, bindparam, func, literal_column, null, select
from sqlalchemy.orm import aliased

from helpdesk_api.db.session import Session
from helpdesk_api.db.statements import Statement, written_out
from helpdesk_api.domain.custom_fields import hot_rows as custom_fields
from helpdesk_api.domain.tickets.commands import SUPPORT, UPLOAD
from helpdesk_api.domain.tickets.rows import (
    FileRow,
    FollowUpRow,
    SupportTicketRow,
    TicketRow,
    UploadTicketRow,
    columns,
)
from helpdesk_api.models import Attachment, FollowUp, Ticket, TicketCount, User
from helpdesk_api.paging import Page

_IDS = any_(bindparam("ids", type_=ARRAY(BigInteger)))
_TICKETS = select(*columns(Ticket, TicketRow), User.username).join(User, User.id == Ticket.creator_id)
# No dialect shows by name who opened a support ticket.
_SUPPORT_TICKETS = select(*columns(Ticket, TicketRow), null())
_CONVERSATIONS = select(*columns(Ticket, SupportTicketRow))
_PATHS = select(Attachment.path).where(Attachment.ticket_id == Ticket.id).order_by(Attachment.id).scalar_subquery()
_UPLOAD_TICKETS = select(Ticket.id, Ticket.file_limit, Ticket.file_count, User.username, func.array(_PATHS)).join(
    User, User.id == Ticket.creator_id
)
_ONE = Statement(_TICKETS.where(Ticket.id == bindparam("id", type_=BigInteger)))
_SOME = Statement(_TICKETS.where(Ticket.id == _IDS))
# Beside each ticket that is shown whole: how the custom fields are defined.
_SOME_WHOLE = Statement(_TICKETS.add_columns(custom_fields.AS_COLUMN).where(Ticket.id == _IDS))
_SAID = select(*columns(FollowUp, FollowUpRow)).order_by(FollowUp.id)
_FOLLOWUPS = Statement(_SAID.where(FollowUp.ticket_id == _IDS))
_FILES = Statement(select(*columns(Attachment, FileRow)).where(Attachment.ticket_id == _IDS).order_by(Attachment.id))
# One ticket's together. For many, PostgreSQL would plan this anew each time, which costs more than it saves.
_CONVERSATION = Statement(
    _SAID.add_columns(custom_fields.AS_COLUMN, *columns(Attachment, FileRow))
    .outerjoin(Attachment, and_(Attachment.followup_id == FollowUp.id, Attachment.ticket_id == FollowUp.ticket_id))
    .where(FollowUp.ticket_id == bindparam("id", type_=BigInteger))
)
_FOLLOWUP_END = len(columns(FollowUp, FollowUpRow))


@lru_cache(maxsize=512)
def _first_page(kinds: frozenset[str], length: int, *, whole: bool) -> Statement:
    support = _CONVERSATIONS if whole else _SUPPORT_TICKETS
    tickets = {SUPPORT: support, UPLOAD: _UPLOAD_TICKETS}.get(kinds, _TICKETS)
    if whole and kinds != UPLOAD:
        tickets = tickets.add_columns(custom_fields.AS_COLUMN)
    counted = select(func.sum(TicketCount.tickets).cast(BigInteger)).where(TicketCount.kind.in_(written_out(kinds)))
    # The ids by themselves come from an index that has nothing else in it; with the rows, PostgreSQL might rather read
    # the tickets of the other kind, too, and leave them out.
    place = aliased(Ticket)
    ids = select(place.id).order_by(place.id).limit(literal_column(str(length)))
    if len(kinds) == 1:
        ids = ids.where(place.kind.in_(written_out(kinds)))
    query = tickets.add_columns(counted.scalar_subquery()).where(Ticket.id == any_(func.array(ids.scalar_subquery())))
    return Statement(query.order_by(Ticket.id))


async def one(session: Session, ticket_id: int, *, whole: bool) -> Ticket | None:
    """One ticket, with everything that hangs on it where `whole` says so."""
    rows = await _ONE.all(session, id=ticket_id)
    if not rows:
        return None
    ticket = TicketRow(*rows[0])
    if whole and ticket.kind == "support":
        await _add_conversation(session, ticket)
    elif whole:
        ticket.files = [FileRow(*row) for row in await _FILES.all(session, ids=[ticket_id])]
    return cast("Ticket", ticket)


async def _add_conversation(session: Session, ticket: TicketRow) -> None:
    rows = await _CONVERSATION.all(session, id=ticket.id)
    if rows:
        custom_fields.note(session, rows[0][_FOLLOWUP_END])
    followups = {row[0]: row for row in rows}
    ticket.followups = [FollowUpRow(*row[:_FOLLOWUP_END]) for row in followups.values()]
    files = (row[_FOLLOWUP_END + 1 :] for row in rows)
    ticket.files = sorted((FileRow(*file) for file in files if file[0] is not None), key=lambda file: file.id)
    _hand_out(ticket.files, {followup.id: followup for followup in ticket.followups})


async def first_page(session: Session, kinds: frozenset[str], length: int, *, whole: bool) -> Page[Ticket]:
    """The first page in ascending id, and in the same query how many tickets of these kinds there are.

    With everything that hangs on the tickets where `whole` says so.
    """
    if not kinds:
        return Page([], 0, 1, length)
    rows = await _first_page(kinds, length, whole=whole).all(session)
    total = rows[0][-1] if rows else 0
    found = [row[:-1] for row in rows]
    if kinds == UPLOAD:
        return Page(cast("list[Ticket]", [UploadTicketRow.of(row) for row in found]), total, 1, length)
    row_class = SupportTicketRow if kinds == SUPPORT and whole else TicketRow
    return Page(await _tickets(session, row_class, found, whole=whole), total, 1, length)


async def by_ids(session: Session, ids: Sequence[int], *, whole: bool) -> list[Ticket]:
    """Those of the tickets that are still there, in the order of the ids."""
    if not ids:
        return []
    found = {row[0]: row for row in await (_SOME_WHOLE if whole else _SOME).all(session, ids=ids)}
    rows = [found[ticket_id] for ticket_id in ids if ticket_id in found]
    return await _tickets(session, TicketRow, rows, whole=whole)


async def _tickets(
    session: Session, row_class: type[TicketRow | SupportTicketRow], rows: Sequence[Sequence[Any]], *, whole: bool
) -> list[Ticket]:
    """From a class's columns and, for whole tickets, how the custom fields are defined."""
    if not (whole and rows):
        return cast("list[Ticket]", [row_class(*row) for row in rows])
    custom_fields.note(session, rows[0][-1])
    tickets = [row_class(*row[:-1]) for row in rows]
    await _add_all(session, tickets)
    return cast("list[Ticket]", tickets)


async def _add_all(session: Session, tickets: Sequence[TicketRow | SupportTicketRow]) -> None:
    """Everything that hangs on the tickets."""
    by_id = {ticket.id: ticket for ticket in tickets}
    ids = list(by_id)
    followups = {}
    if any(ticket.kind == "support" for ticket in tickets):
        followups = {row[0]: FollowUpRow(*row) for row in await _FOLLOWUPS.all(session, ids=ids)}
    for followup in followups.values():
        by_id[followup.ticket_id].followups.append(followup)
    files = [FileRow(*row) for row in await _FILES.all(session, ids=ids)]
    for file in files:
        by_id[file.ticket_id].files.append(file)
    _hand_out(files, followups)


def _hand_out(files: Iterable[FileRow], followups: Mapping[int, FollowUpRow]) -> None:
    """Put files to the follow-ups they came with, by name."""
    for file in sorted(files, key=lambda file: (file.filename, file.id)):
        followup = followups.get(file.followup_id or 0)
        if followup is not None:
            followup.attachments.append(file)
