"""Changing support tickets: what is written down of it, and who may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from aftermath import counters_of, event_types, events_of, revisions_of, stored, subscribers_of
from factories import Account, make_queue
from helpdesk_api.db.session import Session
from helpdesk_api.domain.errors import Forbidden, Invalid
from helpdesk_api.domain.subscriptions import service as subscriptions
from helpdesk_api.domain.tickets import support
from helpdesk_api.domain.tickets.commands import Status, TicketChanges
from helpdesk_api.domain.tickets.errors import TicketNotFound
from helpdesk_api.models import Department, Queue, Ticket

Work = Callable[..., Awaitable[Any]]
OpenTicket = Callable[..., Awaitable[Ticket]]


async def test_a_change_of_nothing_leaves_no_trace(
    session: Session, work: Work, requested: Ticket, agent: Account
) -> None:
    same: TicketChanges = {"title": "Printer on fire", "priority": 3, "custom_values": {}, "assignee_id": None}
    before = await event_types(session, requested.id)
    active_at = (await stored(session, requested.id)).last_activity_at
    await work(support.change_ticket, agent.actor, requested.id, same)
    now = await stored(session, requested.id)
    assert (now.modified_at, now.last_activity_at) == (None, active_at)
    assert await event_types(session, requested.id) == before


async def test_each_thing_that_happened_is_an_event(
    session: Session, work: Work, requested: Ticket, queue: Queue, agent: Account, stranger: Account
) -> None:
    department = await session.get_one(Department, queue.department_id)
    other = await make_queue(session, "Billing", department)
    due = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
    await work(
        support.change_ticket,
        agent.actor,
        requested.id,
        {
            "title": "Printer still on fire",
            "resolution": "Water.",
            "submitter_email": "",
            "due_date": due,
            "priority": 1,
            "queue_id": other.id,
            "status": Status.RESOLVED.value,
            "assignee_id": stranger.id,
        },
    )
    assert await events_of(session, requested.id, after=1) == [
        ("ticket.assigned", stranger.id, {"assignee_id": {"from": None, "to": stranger.id}}),
        ("ticket.closed", None, {"status": {"from": 1, "to": 3}, "stage": {"from": 1, "to": 2}}),
        ("ticket.updated", None, {"priority": {"from": 3, "to": 1}}),
        (
            "ticket.updated",
            None,
            {
                "queue_id": {"from": queue.id, "to": other.id},
                "queue": {"from": queue.title, "to": "Billing"},
                "department_id": {"from": department.id, "to": department.id},
                "department": {"from": department.name, "to": department.name},
            },
        ),
        (
            "ticket.updated",
            None,
            {
                "title": {"from": "Printer on fire", "to": "Printer still on fire"},
                "resolution": {"from": None, "to": "Water."},
                "submitter_email": {"from": "requester@example.com", "to": ""},
                "due_date": {"from": None, "to": "2027-01-02T03:04:05+00:00"},
            },
        ),
    ]
    now = await stored(session, requested.id)
    assert (now.title, now.modified_by_id, now.status, now.queue_id) == (
        *("Printer still on fire", agent.id, 3, other.id),
    )
    assert now.modified_at == now.last_activity_at is not None


@pytest.mark.parametrize(
    ("before", "after", "event"),
    [
        ({"status": 1}, {"status": 4}, "ticket.closed"),
        ({"status": 4}, {"status": 2}, "ticket.reopened"),
        ({"status": 3}, {"status": 5}, "ticket.status_changed"),
        ({"status": 1}, {"on_hold": True}, "ticket.status_changed"),
        ({"on_hold": True}, {"on_hold": False, "status": 4}, "ticket.closed"),
    ],
    ids=str,
)
async def test_progress_is_told_by_what_it_means(
    session: Session,
    work: Work,
    requested: Ticket,
    agent: Account,
    before: TicketChanges,
    after: TicketChanges,
    event: str,
) -> None:
    await work(support.change_ticket, agent.actor, requested.id, before)
    seen = len(await event_types(session, requested.id))
    await work(support.change_ticket, agent.actor, requested.id, after)
    assert await event_types(session, requested.id, seen) == [event]


async def test_who_works_on_a_ticket_is_counted_and_follows_it(
    session: Session, work: Work, requested: Ticket, agent: Account, admin: Account, stranger: Account
) -> None:
    for assignee in (admin.id, agent.id, None):
        await work(support.change_ticket, agent.actor, requested.id, {"assignee_id": assignee})
    assert await events_of(session, requested.id, after=1) == [
        ("ticket.assigned", admin.id, {"assignee_id": {"from": None, "to": admin.id}}),
        ("ticket.claimed", agent.id, {"assignee_id": {"from": admin.id, "to": agent.id}}),
        ("ticket.released", agent.id, {"assignee_id": {"from": agent.id, "to": None}}),
    ]
    assert await subscribers_of(session, requested.id) == [agent.id, admin.id]
    assert [await counters_of(session, one.id) for one in (admin, agent)] == [(0, 0), (1, 0)]


async def test_a_description_that_is_edited_is_kept_with_who_wrote_it(
    session: Session, work: Work, requested: Ticket, agent: Account, admin: Account
) -> None:
    for editor, text in ((admin, "First edit."), (agent, "Second edit.")):
        await work(support.change_ticket, editor.actor, requested.id, {"description": text})
    assert await revisions_of(session, requested.id) == [
        (None, agent.id, "On the second floor."),
        (None, admin.id, "First edit."),
    ]
    assert (await stored(session, requested.id)).description == "Second edit."


async def test_custom_values_are_merged_and_null_clears_one(
    session: Session, work: Work, open_ticket: OpenTicket, agent: Account
) -> None:
    ticket = await open_ticket(custom_values={"1": "red", "2": 5})
    await work(support.change_ticket, agent.actor, ticket.id, {"custom_values": {"2": None, "3": True}})
    assert (await stored(session, ticket.id)).custom_values == {"1": "red", "3": True}
    assert await events_of(session, ticket.id, after=1) == [
        ("ticket.updated", None, {"custom_values": {"from": {"1": "red", "2": 5}, "to": {"1": "red", "3": True}}})
    ]


async def test_references_must_be_there_but_what_a_ticket_has_may_stay(
    session: Session, work: Work, open_ticket: OpenTicket, queue: Queue, agent: Account, stranger: Account
) -> None:
    ticket = await open_ticket(assignee_id=stranger.id)
    queue.is_active, stranger.user.is_active = False, False
    await session.flush()
    same: TicketChanges = {"queue_id": queue.id, "assignee_id": stranger.id, "title": "Still there"}
    assert (await work(support.change_ticket, agent.actor, ticket.id, same)).title == "Still there"
    with pytest.raises(Invalid) as refused:
        await work(
            support.change_ticket, agent.actor, ticket.id, {"queue_id": 999, "assignee_id": 999, "merged_to_id": 999}
        )
    missing = ['Invalid pk "999" - object does not exist.']
    assert refused.value.fields == {"queue_id": missing, "assignee_id": missing, "merged_to_id": missing}


async def test_opener_and_requester_change_the_text_and_others_nothing(
    session: Session, work: Work, open_ticket: OpenTicket, requester: Account, stranger: Account, admin: Account
) -> None:
    opened = await open_ticket(stranger, submitter_email=requester.user.email)
    for account in (requester, stranger):
        changed = await work(support.change_ticket, account.actor, opened.id, {"title": account.user.username})
        assert changed.title == account.user.username
        for staff_only in ({"priority": 1}, {"status": 3}, {"submitter_email": ""}, {"resolution": "x"}):
            with pytest.raises(Forbidden):
                await work(support.change_ticket, account.actor, opened.id, staff_only)
    foreign = await open_ticket(admin)
    with pytest.raises(TicketNotFound):
        await work(support.change_ticket, stranger.actor, foreign.id, {"title": "x"})
    await subscriptions.enrol(session, foreign.id, stranger.id)
    with pytest.raises(Forbidden):
        await work(support.change_ticket, stranger.actor, foreign.id, {"title": "x"})
