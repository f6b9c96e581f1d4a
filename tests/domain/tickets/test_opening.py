"""Opening support tickets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from aftermath import counters_of, event_types, events_of, followups_of, stored, subscribers_of
from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.tickets import opening
from helpdesk_api.domain.tickets.commands import NewTicket, Status
from helpdesk_api.domain.tickets.repository import TicketRepository
from helpdesk_api.models import Queue, Ticket
from helpdesk_api.storage.files import LocalFiles

OpenTicket = Callable[..., Awaitable[Ticket]]


async def test_a_new_ticket_is_open_and_begins_with_its_description(
    session: Session, open_ticket: OpenTicket, queue: Queue, agent: Account
) -> None:
    due = datetime(2026, 12, 24, 18, tzinfo=UTC)
    ticket = await open_ticket(description="It burns.", priority=1, due_date=due, submitter_email="a@example.com")
    columns = ("kind", "creator_id", "queue_id", "title", "description", "resolution", "submitter_email", "assignee_id")
    assert [getattr(ticket, name) for name in columns] == [
        *("support", agent.id, queue.id, "Printer on fire", "It burns.", None, "a@example.com", None)
    ]
    assert (ticket.status, ticket.on_hold, ticket.priority, ticket.due_date) == (Status.OPEN, False, 1, due)
    kept = await stored(session, ticket.id)
    assert (kept.merged_to_id, kept.reply_count, kept.modified_at) == (None, 0, None)
    (opening,) = await followups_of(session, ticket.id)
    assert (opening.title, opening.comment, opening.public, opening.is_opening) == (
        "Ticket Opened",
        "It burns.",
        True,
        True,
    )
    assert (opening.author_id, opening.new_status, opening.email_recipients) == (agent.id, None, [])
    assert await events_of(session, ticket.id) == [
        ("ticket.created", None, {"title": "Printer on fire", "queue_id": queue.id, "priority": 1})
    ]
    assert await subscribers_of(session, ticket.id) == [agent.id]
    assert await counters_of(session, agent.id) == (1, 0)


@pytest.mark.parametrize("assigned", [False, True])
async def test_what_is_answered_is_what_is_read_afterwards(
    session: Session, open_ticket: OpenTicket, agent: Account, stranger: Account, assigned: bool
) -> None:
    due = datetime(2026, 12, 24, 18, tzinfo=UTC)
    assignee_id = stranger.id if assigned else None
    ticket = await open_ticket(assignee_id=assignee_id, due_date=due, custom_values={"1": "red", "2": [1.5]})
    assert ticket == await TicketRepository(session).get(ticket.id, agent.actor)


async def test_a_ticket_without_an_address_has_its_openers(open_ticket: OpenTicket, requester: Account) -> None:
    assert (await open_ticket(requester)).submitter_email == "requester@example.com"
    assert (await open_ticket(requester, submitter_email="")).submitter_email == ""


async def test_a_ticket_opened_for_somebody_is_assigned_and_followed_by_both(
    session: Session, open_ticket: OpenTicket, agent: Account, stranger: Account
) -> None:
    ticket = await open_ticket(assignee_id=stranger.id)
    (opening,) = await followups_of(session, ticket.id)
    assert opening.title == "Ticket Opened & Assigned to stranger"
    assert await subscribers_of(session, ticket.id) == [agent.id, stranger.id]
    assert await counters_of(session, stranger.id) == (0, 1)
    assert (await events_of(session, ticket.id))[1:] == [
        ("ticket.assigned", stranger.id, {"assignee_id": {"from": None, "to": stranger.id}})
    ]


async def test_a_ticket_opened_for_oneself_is_claimed(
    session: Session, open_ticket: OpenTicket, agent: Account
) -> None:
    ticket = await open_ticket(assignee_id=agent.id)
    assert await event_types(session, ticket.id) == ["ticket.created", "ticket.claimed"]
    assert await subscribers_of(session, ticket.id) == [agent.id]
    assert await counters_of(session, agent.id) == (1, 1)


async def test_a_queues_default_assignee_gets_a_ticket_nobody_is_named_for(
    session: Session, open_ticket: OpenTicket, queue: Queue, admin: Account, stranger: Account
) -> None:
    queue.default_assignee_id = admin.id
    await session.flush()
    assert (await open_ticket()).assignee_id == admin.id
    assert (await open_ticket(assignee_id=stranger.id)).assignee_id == stranger.id
    admin.user.is_active = False
    await session.flush()
    assert (await open_ticket()).assignee_id is None


async def test_a_ticket_needs_a_queue_that_takes_tickets_and_an_active_assignee(
    session: Session, open_ticket: OpenTicket, queue: Queue, stranger: Account
) -> None:
    queue.is_active, stranger.user.is_active = False, False
    await session.flush()
    with pytest.raises(Invalid) as refused:
        await open_ticket(assignee_id=stranger.id)
    assert refused.value.fields == {
        "queue_id": ["This queue takes no new tickets."],
        "assignee_id": [f'Invalid pk "{stranger.id}" - object does not exist.'],
    }
    with pytest.raises(Invalid) as refused:
        await open_ticket(queue_id=999, assignee_id=999)
    assert refused.value.fields == {
        "queue_id": ['Invalid pk "999" - object does not exist.'],
        "assignee_id": ['Invalid pk "999" - object does not exist.'],
    }


async def test_files_hang_on_the_opening_follow_up(
    session: Session,
    work: Callable[..., Awaitable[Ticket]],
    storage: LocalFiles,
    queue: Queue,
    agent: Account,
    new_file: Callable[..., Awaitable[NewFile]],
) -> None:
    new = NewTicket(queue_id=queue.id, title="With a file")
    ticket = await work(opening.open_ticket, agent.actor, storage, new, [await new_file(content=b"hello")])
    (attachment,) = ticket.followups[0].attachments
    assert (attachment.filename, attachment.mime_type, attachment.size) == ("note.txt", "text/plain", 5)
    assert (attachment.ticket_id, attachment.uploader_id) == (ticket.id, agent.id)
    path = storage.locate(attachment.path)
    assert path is not None
    assert path.read_bytes() == b"hello"
    assert await event_types(session, ticket.id) == ["ticket.created", "attachment.created"]
