"""The desk's own view of tickets, each user's list of their own, and deleting."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from aftermath import counters_of, events_of
from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.errors import Forbidden
from helpdesk_api.domain.followups import service as followups
from helpdesk_api.domain.followups.commands import NewFollowUp
from helpdesk_api.domain.subscriptions import service as subscriptions
from helpdesk_api.domain.tickets import desk, uploads
from helpdesk_api.domain.tickets import service as tickets
from helpdesk_api.domain.tickets.commands import TicketFilter
from helpdesk_api.domain.tickets.errors import TicketNotFound
from helpdesk_api.models import Attachment, FollowUp, Subscription, Ticket
from helpdesk_api.paging import PageRequest
from helpdesk_api.storage.files import LocalFiles

Work = Callable[..., Awaitable[Any]]
OpenTicket = Callable[..., Awaitable[Ticket]]
BOTH = ("upload", "support")
FIRST = PageRequest(1, 100)


async def test_support_tickets_at_the_desk_are_for_staff(
    session: Session, work: Work, requested: Ticket, requester: Account, stranger: Account, agent: Account
) -> None:
    upload = await work(uploads.open_upload_ticket, requester.actor, 3)
    seen = {}
    for account in (agent, requester, stranger):
        page = await desk.list_tickets(session, account.actor, TicketFilter(), FIRST)
        seen[account.user.username] = [ticket.id for ticket in page.items]
    assert seen == {"agent": [requested.id, upload.id], "requester": [upload.id], "stranger": []}
    assert (await desk.get_ticket(session, agent.actor, requested.id, BOTH)).id == requested.id
    assert (await desk.get_ticket(session, requester.actor, upload.id, BOTH)).id == upload.id
    with pytest.raises(Forbidden):  # theirs, but not to be seen here
        await desk.get_ticket(session, requester.actor, requested.id, BOTH)
    for ticket_id in (requested.id, upload.id):
        with pytest.raises(TicketNotFound):
            await desk.get_ticket(session, stranger.actor, ticket_id, BOTH)


async def test_a_kind_that_is_switched_off_is_not_there(
    session: Session, work: Work, requested: Ticket, agent: Account
) -> None:
    upload = await work(uploads.open_upload_ticket, agent.actor, 3)
    for ticket_id, kinds in ((requested.id, ["upload"]), (upload.id, ["support"])):
        with pytest.raises(TicketNotFound):
            await desk.get_ticket(session, agent.actor, ticket_id, kinds)


async def test_ones_own_are_what_one_opened_or_requested_newest_first(
    session: Session, work: Work, open_ticket: OpenTicket, requester: Account, agent: Account, stranger: Account
) -> None:
    requested = await open_ticket(submitter_email="requester@example.com")
    opened = await open_ticket(requester, submitter_email="somebody@example.com")
    assigned = await open_ticket(assignee_id=requester.id)
    subscribed = await open_ticket()
    await subscriptions.enrol(session, subscribed.id, requester.id)
    await work(uploads.open_upload_ticket, requester.actor, 3)
    own = await desk.list_own_tickets(session, requester.actor, FIRST)
    assert [ticket.id for ticket in own.items] == [opened.id, requested.id]
    assert (await desk.get_own_ticket(session, requester.actor, opened.id)).id == opened.id
    for other in (assigned, subscribed):
        with pytest.raises(TicketNotFound):
            await desk.get_own_ticket(session, requester.actor, other.id)
    assert (await desk.list_own_tickets(session, stranger.actor, FIRST)).items == []


async def test_an_empty_address_is_nobodys(session: Session, open_ticket: OpenTicket, stranger: Account) -> None:
    await open_ticket(submitter_email="")
    stranger.user.email = ""
    assert (await desk.list_own_tickets(session, stranger.actor, FIRST)).items == []


async def test_a_ticket_goes_with_everything_that_hangs_on_it(
    session: Session,
    work: Work,
    storage: LocalFiles,
    open_ticket: OpenTicket,
    agent: Account,
    admin: Account,
    new_file: Callable[..., Awaitable[NewFile]],
) -> None:
    ticket = await open_ticket(assignee_id=admin.id)
    for comment in ("One.", ""):
        new = NewFollowUp(ticket_id=ticket.id, comment=comment)
        said = await work(followups.reply, admin.actor, storage, new, [await new_file()])
    path = storage.locate(said.attachments[0].path)
    assert path is not None
    assert [await counters_of(session, one.id) for one in (agent, admin)] == [(1, 0), (1, 1)]
    await work(tickets.delete_ticket, agent.actor, storage, ticket.id)
    assert not path.exists()
    for model in (Ticket, FollowUp, Attachment, Subscription):
        assert await session.scalar(select(func.count()).select_from(model)) == 0
    assert [await counters_of(session, one.id) for one in (agent, admin)] == [(0, 0), (0, 0)]
    assert (await events_of(session, ticket.id))[-1] == (
        "ticket.deleted",
        None,
        {"kind": "support", "title": ticket.title},
    )


async def test_only_staff_delete_support_tickets(
    work: Work, storage: LocalFiles, requested: Ticket, requester: Account, stranger: Account
) -> None:
    with pytest.raises(Forbidden):
        await work(tickets.delete_ticket, requester.actor, storage, requested.id)
    with pytest.raises(TicketNotFound):
        await work(tickets.delete_ticket, stranger.actor, storage, requested.id)
