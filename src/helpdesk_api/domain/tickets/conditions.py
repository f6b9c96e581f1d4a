"""A ticket filter as SQL: every list of every dialect selects by these conditions."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.tickets.commands import TicketFilter, UploadStatus
from helpdesk_api.domain.tickets.search import says
from helpdesk_api.domain.tickets.stage_conditions import in_stages
from helpdesk_api.models import Department, Queue, Ticket

UPLOAD_STATUS: dict[UploadStatus, ColumnElement[bool]] = {
    UploadStatus.PENDING: Ticket.file_count == 0,
    UploadStatus.IN_PROGRESS: and_(Ticket.file_count > 0, Ticket.file_count < Ticket.file_limit),
    UploadStatus.COMPLETED: Ticket.file_count == Ticket.file_limit,
}


def conditions(wanted: TicketFilter, actor: Actor) -> list[ColumnElement[bool]]:
    """What a ticket must be to match; the actor's own view decides which comments are searched."""
    found = [_by_kind(wanted), _by_status(wanted), *_by_day(wanted), *_by_columns(wanted), *_by_queue(wanted)]
    found.append(says(wanted.search, actor) if wanted.search else None)
    if wanted.stages is not None:
        found += [Ticket.kind == "support", in_stages(wanted.stages)]
    if wanted.custom_values:
        found.append(Ticket.custom_values.contains(dict(wanted.custom_values)))
    return [condition for condition in found if condition is not None]


def _by_kind(wanted: TicketFilter) -> ColumnElement[bool] | None:
    return Ticket.kind.in_(sorted(wanted.kinds)) if len(wanted.kinds) < 2 else None


def _by_status(wanted: TicketFilter) -> ColumnElement[bool] | None:
    """Words can only match upload tickets, numbers only support tickets; both together match either."""
    ways: list[Any] = []
    if wanted.upload_statuses:
        ways += [and_(Ticket.kind == "upload", UPLOAD_STATUS[status]) for status in sorted(wanted.upload_statuses)]
    if wanted.statuses:
        ways.append(and_(Ticket.kind == "support", Ticket.status.in_(sorted(wanted.statuses))))
    return or_(*ways) if ways else None


def _by_day(wanted: TicketFilter) -> list[ColumnElement[bool] | None]:
    first, last = wanted.start_date, wanted.end_date
    return [
        None if first is None else Ticket.created_at >= datetime.combine(first, time(), UTC),
        None if last is None else Ticket.created_at < datetime.combine(last, time(), UTC) + timedelta(days=1),
    ]


def _by_columns(wanted: TicketFilter) -> list[ColumnElement[bool] | None]:
    user = wanted.concerns_id
    email = wanted.submitter_email
    held = Ticket.on_hold if wanted.on_hold else ~Ticket.on_hold
    return [
        None if wanted.queue_ids is None else Ticket.queue_id.in_(sorted(wanted.queue_ids)),
        None if wanted.assignee_ids is None else Ticket.assignee_id.in_(sorted(wanted.assignee_ids)),
        None if wanted.priorities is None else Ticket.priority.in_(sorted(wanted.priorities)),
        # Said as the index says it: PostgreSQL does not find that for `on_hold IS true`.
        None if wanted.on_hold is None else and_(Ticket.kind == "support", held),
        # The index leaves out those without an address, and a filter by none is no filter.
        None if email is None else and_(Ticket.submitter_email == email, Ticket.submitter_email != ""),
        None if user is None else or_(Ticket.creator_id == user, Ticket.assignee_id == user),
    ]


def _by_queue(wanted: TicketFilter) -> list[ColumnElement[bool] | None]:
    queues = select(Queue.id).join(Department, Department.id == Queue.department_id)
    department, title = wanted.department, wanted.queue_title
    return [
        None if department is None else Ticket.queue_id.in_(queues.where(Department.name == department)),
        None if title is None else Ticket.queue_id.in_(queues.where(Queue.title == title)),
    ]
