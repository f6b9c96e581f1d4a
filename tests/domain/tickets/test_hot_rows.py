"""Rows that are read past the ORM are what the ORM reads."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Any

import pytest

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.domain.tickets import hot_rows
from helpdesk_api.domain.tickets.commands import SUPPORT
from helpdesk_api.domain.tickets.repository import TicketRepository
from helpdesk_api.domain.tickets.rows import FileRow, FollowUpRow, Named, SupportTicketRow, TicketRow
from helpdesk_api.models import Attachment, FollowUp, Queue, Ticket


def same(row: Any, model: Any) -> bool:
    """Whether a row says of every attribute what the model says."""
    for one in fields(row):
        here, there = getattr(row, one.name), getattr(model, one.name)
        if isinstance(here, list) and any(is_dataclass(item) for item in here):
            assert len(here) == len(there)
            assert all(same(*pair) for pair in zip(here, there, strict=True))
        elif isinstance(here, Named):
            assert here.username == there.username
        else:
            assert (one.name, here) == (one.name, there)
    return True


@pytest.fixture
async def some_tickets(session: Session, agent: Account, requester: Account, queue: Queue) -> list[int]:
    """Tickets of both kinds with everything that can hang on them, and with nothing."""
    about = {"queue_id": queue.id, "title": "Printer", "description": "On fire", "submitter_email": ""}
    bare = Ticket(kind="support", creator_id=agent.id, status=1, priority=3, **about)
    full = Ticket(
        kind="support",
        creator_id=requester.id,
        assignee_id=agent.id,
        status=4,
        priority=1,
        on_hold=True,
        resolution="Water",
        custom_values={"1": "red", "2": None, "3": ["a"]},
        **about,
    )
    upload = Ticket(kind="upload", creator_id=requester.id, file_limit=2, file_count=1)
    session.add_all([bare, full, upload])
    await session.flush()
    said = [
        FollowUp(
            ticket_id=full.id, author_id=agent.id, title="a", comment="b", time_spent=timedelta(days=3, seconds=1)
        ),
        FollowUp(ticket_id=full.id, title="c", public=True, new_status=4, email_recipients=["someone@example.com"]),
    ]
    session.add_all(said)
    await session.flush()
    for followup_id, name in ((said[0].id, "b.txt"), (said[0].id, "a.txt"), (None, "c.png")):
        ticket_id = full.id if followup_id else upload.id
        about_file = {"mime_type": "text/plain", "size": 3, "sha256": b"\0" * 32, "uploader_id": agent.id}
        path = f"x/{ticket_id}/{name}"
        session.add(Attachment(ticket_id=ticket_id, followup_id=followup_id, filename=name, path=path, **about_file))
    await session.flush()
    session.expunge_all()
    return [bare.id, full.id, upload.id]


async def test_one_ticket_is_what_the_orm_reads(session: Session, agent: Account, some_tickets: list[int]) -> None:
    for ticket_id in some_tickets:
        model = await TicketRepository(session).get(ticket_id, agent.actor, lock=True)
        row = await TicketRepository(session).get(ticket_id, agent.actor)
        assert isinstance(row, TicketRow)
        assert same(row, model)
    assert await TicketRepository(session).get(some_tickets[-1] + 1, agent.actor) is None


async def test_pages_are_what_the_orm_reads(session: Session, agent: Account, some_tickets: list[int]) -> None:
    kinds = frozenset(("support", "upload"))
    first = await hot_rows.first_page(session, kinds, 2, whole=True)
    last: list[Any] = await hot_rows.by_ids(session, [*some_tickets[1:], 2**62], whole=True)
    assert [row.id for row in (*first.items, *last)] == [*some_tickets[:2], *some_tickets[1:]]
    assert (first.total, first.number, first.size) == (3, 1, 2)
    conversations = await hot_rows.first_page(session, SUPPORT, 3, whole=True)
    assert [row.id for row in conversations.items] == some_tickets[:2]
    assert (conversations.total, conversations.number, conversations.size) == (2, 1, 3)
    for row in (*first.items, *last, *conversations.items):
        assert same(row, await TicketRepository(session).get(row.id, agent.actor, lock=True))


def test_the_rows_have_columns_of_the_models_alone() -> None:
    for row, model, more in (
        (TicketRow, Ticket, {"creator", "files", "followups"}),
        (SupportTicketRow, Ticket, {"files", "followups"}),
        (FollowUpRow, FollowUp, {"attachments"}),
        (FileRow, Attachment, set()),
    ):
        assert {one.name for one in fields(row)} - set(model.__table__.c.keys()) == more
