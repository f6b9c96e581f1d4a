"""Changing what was said, and taking it back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select

from aftermath import counters_of, event_types, events_of, followups_of, revisions_of, stored
from factories import Account, make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.errors import Forbidden
from helpdesk_api.domain.followups import service as followups
from helpdesk_api.domain.followups.commands import FollowUpChanges, NewFollowUp
from helpdesk_api.domain.followups.errors import FollowUpNotFound
from helpdesk_api.domain.tickets import opening, support
from helpdesk_api.domain.tickets import service as tickets
from helpdesk_api.domain.tickets.commands import NewTicket, Status
from helpdesk_api.domain.tickets.errors import TicketNotFound
from helpdesk_api.models import FollowUp, Queue, Ticket
from helpdesk_api.paging import PageRequest
from helpdesk_api.storage.files import LocalFiles

Work = Callable[..., Awaitable[Any]]


@pytest.fixture
async def reply(work: Work, storage: LocalFiles, requested: Ticket, agent: Account) -> FollowUp:
    """A private reply of the agent's."""
    new = NewFollowUp(ticket_id=requested.id, comment="As it was.")
    said: FollowUp = await work(followups.reply, agent.actor, storage, new)
    return said


async def test_a_comment_that_is_edited_is_kept_with_who_wrote_it(
    session: Session, work: Work, requested: Ticket, reply: FollowUp, agent: Account, admin: Account
) -> None:
    for editor, text in ((admin, "Second."), (agent, "Third.")):
        changed = await work(followups.change_followup, editor.actor, reply.id, {"comment": text})
        assert (changed.comment, changed.author_id, changed.modified_by_id) == (text, agent.id, editor.id)
    assert await revisions_of(session, requested.id) == [
        (reply.id, agent.id, "As it was."),
        (reply.id, admin.id, "Second."),
    ]
    assert (await events_of(session, requested.id))[-1] == (
        "followup.updated",
        None,
        {"comment": {"from": "Second.", "to": "Third."}},
    )


async def test_a_change_of_nothing_leaves_no_trace(
    session: Session, work: Work, requested: Ticket, reply: FollowUp, agent: Account
) -> None:
    seen = await event_types(session, requested.id)
    same: FollowUpChanges = {"comment": "As it was.", "public": False}
    changed = await work(followups.change_followup, agent.actor, reply.id, same)
    assert changed.modified_at is None
    assert (await event_types(session, requested.id), await revisions_of(session, requested.id)) == (seen, [])


async def test_a_status_that_is_changed_afterwards_leaves_the_ticket_alone(
    session: Session, work: Work, requested: Ticket, reply: FollowUp, agent: Account
) -> None:
    changes: FollowUpChanges = {"new_status": Status.CLOSED, "public": True, "title": "Closed"}
    changed = await work(followups.change_followup, agent.actor, reply.id, changes)
    assert (changed.new_status, changed.public, changed.title, changed.modified_at) == (4, True, "Closed", None)
    assert (await stored(session, requested.id)).status == Status.OPEN


async def test_a_reply_that_is_emptied_counts_no_longer(
    session: Session, work: Work, requested: Ticket, reply: FollowUp, agent: Account
) -> None:
    counted = []
    for text in ("", "Again."):
        await work(followups.change_followup, agent.actor, reply.id, {"comment": text})
        counted.append(((await stored(session, requested.id)).reply_count, await counters_of(session, agent.id)))
    assert counted == [(0, (1, 0)), (1, (2, 0))]


async def test_the_author_edits_the_text_and_staff_anything(
    work: Work, storage: LocalFiles, requested: Ticket, requester: Account, stranger: Account, agent: Account
) -> None:
    new = NewFollowUp(ticket_id=requested.id, comment="Mine.")
    mine = await work(followups.reply, requester.actor, storage, new)
    edited = await work(followups.change_followup, requester.actor, mine.id, {"comment": "Still mine."})
    assert edited.comment == "Still mine."
    for changes in ({"public": False}, {"new_status": 4}):
        with pytest.raises(Forbidden):
            await work(followups.change_followup, requester.actor, mine.id, changes)
    with pytest.raises(FollowUpNotFound):
        await work(followups.change_followup, stranger.actor, mine.id, {"comment": "Not mine."})
    opening = (await work(support.get_support_ticket, agent.actor, requested.id)).followups[0]
    with pytest.raises(Forbidden):
        await work(followups.change_followup, requester.actor, opening.id, {"comment": "Not mine."})
    with pytest.raises(Forbidden):
        await work(followups.delete_followup, requester.actor, storage, opening.id)


async def test_private_follow_ups_are_for_staff(
    session: Session, work: Work, reply: FollowUp, requester: Account, agent: Account
) -> None:
    for call in (followups.get_followup, followups.get_reply):
        with pytest.raises(FollowUpNotFound):
            await work(call, requester.actor, reply.id)
    page = PageRequest(1, 10)
    seen = {
        account.user.username: [one.id for one in (await work(followups.list_followups, account.actor, page)).items]
        for account in (agent, requester)
    }
    opening = (await followups_of(session, reply.ticket_id))[0]
    assert seen == {"agent": [opening.id, reply.id], "requester": [opening.id]}


async def test_a_follow_up_goes_with_its_files_and_what_it_counted_for(
    session: Session,
    work: Work,
    storage: LocalFiles,
    requested: Ticket,
    agent: Account,
    admin: Account,
    new_file: Callable[..., Awaitable[NewFile]],
) -> None:
    new = NewFollowUp(ticket_id=requested.id, comment="With a file.")
    said = await work(followups.reply, agent.actor, storage, new, [await new_file()])
    path = storage.locate(said.attachments[0].path)
    assert path is not None
    await work(followups.delete_followup, admin.actor, storage, said.id)
    assert not path.exists()
    assert [one.is_opening for one in await followups_of(session, requested.id)] == [True]
    assert ((await stored(session, requested.id)).reply_count, await counters_of(session, agent.id)) == (0, (1, 0))
    assert (await events_of(session, requested.id))[-1] == ("followup.deleted", None, {"title": "Printer on fire"})
    with pytest.raises(FollowUpNotFound):
        await work(followups.delete_followup, admin.actor, storage, said.id)


async def test_editing_and_deleting_at_once_never_wait_for_each_other(
    empty_database: Database, storage: LocalFiles
) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        agent = await make_account(session, "agent", is_staff=True)
        queue = (await session.scalars(select(Queue))).one()

    async def attempt(service: Callable[..., Awaitable[Any]], *arguments: Any) -> None:
        with suppress(FollowUpNotFound, TicketNotFound):
            async with unit_of_work(empty_database.sessions) as session:
                await service(session, agent.actor, *arguments)

    for _ in range(5):
        async with unit_of_work(empty_database.sessions) as session:
            ticket = await opening.open_ticket(session, agent.actor, storage, NewTicket(queue.id, "x"))
            new = NewFollowUp(ticket_id=ticket.id, comment="Hello")
            said = [(await followups.reply(session, agent.actor, storage, new)).id for _ in range(5)]
        edits = [attempt(followups.change_followup, one, {"comment": ""}) for one in said]
        replies = [attempt(followups.reply, storage, new) for _ in said]
        await asyncio.gather(*edits, attempt(tickets.delete_ticket, storage, ticket.id), *replies)
    async with unit_of_work(empty_database.sessions) as session:
        # Whatever came first: nothing is left, and nothing counts.
        assert (await session.scalars(select(Ticket))).all() == []
        assert await counters_of(session, agent.id) == (0, 0)
