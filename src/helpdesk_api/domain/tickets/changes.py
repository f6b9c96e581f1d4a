"""What a change of a ticket means: one event per thing that happened, counters, and who follows it now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.queues import service as queues
from helpdesk_api.domain.subscriptions import service as subscriptions
from helpdesk_api.domain.tickets.commands import CLOSED_STATUSES
from helpdesk_api.domain.tickets.stages import State, stage_of
from helpdesk_api.domain.users import service as users
from helpdesk_api.models import Ticket

Snapshot = dict[str, Any]
PROGRESS = ("status", "on_hold", "assignee_id")
# Each of these is an event of its own; the rest of an update is told together.
ALONE = ("priority", "queue_id")
OTHERS = ("title", "description", "resolution", "submitter_email", "due_date", "custom_values")


def snapshot(ticket: Ticket) -> Snapshot:
    """What is worth comparing of a ticket, before it is changed."""
    return {name: getattr(ticket, name) for name in (*PROGRESS, *ALONE, *OTHERS, "merged_to_id")}


def state_of(values: Snapshot) -> State:
    """The part of a ticket that says how far it is."""
    return State(*(values[name] for name in PROGRESS))


async def record(session: Session, actor: Actor, ticket: Ticket, before: Snapshot) -> None:
    """Write down everything that differs from `before`."""
    after = snapshot(ticket)
    if after["assignee_id"] != before["assignee_id"]:
        await _move_assignment(session, actor, ticket, before["assignee_id"])
    await _record_progress(session, actor, ticket, before, after)
    if after["merged_to_id"] != before["merged_to_id"]:
        await _record(session, actor, "ticket.merged", ticket, _differences(before, after, ("merged_to_id",)))
    await _record(session, actor, "ticket.updated", ticket, _differences(before, after, ("priority",)))
    await _record(session, actor, "ticket.updated", ticket, await _queue_change(session, actor, before, after))
    await _record(session, actor, "ticket.updated", ticket, _differences(before, after, OTHERS))


async def _record(session: Session, actor: Actor, event_type: str, ticket: Ticket, changes: dict[str, Any]) -> None:
    if changes:
        await events.record(session, actor, event_type, ticket_id=ticket.id, changes=changes)


def _differences(before: Snapshot, after: Snapshot, names: tuple[str, ...]) -> dict[str, Any]:
    return {
        name: {"from": _plain(before[name]), "to": _plain(after[name])} for name in names if before[name] != after[name]
    }


async def _queue_change(session: Session, actor: Actor, before: Snapshot, after: Snapshot) -> dict[str, Any]:
    """The queues with their names, as they are called now: who looks back later may find them renamed."""
    if before["queue_id"] == after["queue_id"]:
        return {}
    was, now = [await queues.get_queue(session, actor, values["queue_id"]) for values in (before, after)]
    return {
        "queue_id": {"from": was.id, "to": now.id},
        "queue": {"from": was.title, "to": now.title},
        "department_id": {"from": was.department_id, "to": now.department_id},
        "department": {"from": was.department.name, "to": now.department.name},
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


async def _record_progress(session: Session, actor: Actor, ticket: Ticket, before: Snapshot, after: Snapshot) -> None:
    changes = _differences(before, after, ("status", "on_hold"))
    if not changes:
        return
    was, now = stage_of(state_of(before)), stage_of(state_of(after))
    changes["stage"] = {"from": was.value, "to": now.value}
    was_closed, is_closed = (values["status"] in CLOSED_STATUSES for values in (before, after))
    kind = "ticket.status_changed"
    if is_closed and not was_closed:
        kind = "ticket.closed"
    elif was_closed and not is_closed:
        kind = "ticket.reopened"
    await _record(session, actor, kind, ticket, changes)


async def _move_assignment(session: Session, actor: Actor, ticket: Ticket, before: int | None) -> None:
    if before is not None:
        users.count(session, before, assigned=-1)
    if ticket.assignee_id is not None:
        users.count(session, ticket.assignee_id, assigned=1)
        await subscriptions.enrol(session, ticket.id, ticket.assignee_id)
    await record_assignment(session, actor, ticket, before)


async def record_assignment(session: Session, actor: Actor, ticket: Ticket, before: int | None) -> None:
    """Write down who works on a ticket now: claimed by oneself, assigned to another, or released."""
    kind = "ticket.released" if ticket.assignee_id is None else assignment_type(actor, ticket.assignee_id)
    recipient = before if ticket.assignee_id is None else ticket.assignee_id
    changes = {"assignee_id": {"from": before, "to": ticket.assignee_id}}
    await events.record(session, actor, kind, ticket_id=ticket.id, recipient_id=recipient, changes=changes)


def assignment_type(actor: Actor, assignee_id: int) -> str:
    """What it is called when a ticket gets this assignee."""
    return "ticket.claimed" if assignee_id == actor.user_id else "ticket.assigned"
