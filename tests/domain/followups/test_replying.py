"""Saying something on a support ticket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from aftermath import counters_of, event_types, events_of, followups_of, stored, subscribers_of
from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.errors import Forbidden
from helpdesk_api.domain.followups import files
from helpdesk_api.domain.followups import service as followups
from helpdesk_api.domain.followups.commands import NewFollowUp
from helpdesk_api.domain.followups.errors import FollowUpNotFound
from helpdesk_api.domain.tickets import support, uploads
from helpdesk_api.domain.tickets.commands import Status
from helpdesk_api.domain.tickets.errors import TicketNotFound
from helpdesk_api.models import FollowUp, Ticket
from helpdesk_api.storage.files import LocalFiles

Work = Callable[..., Awaitable[Any]]
Say = Callable[..., Awaitable[FollowUp]]
NewFiles = Callable[..., Awaitable[NewFile]]


@pytest.fixture
def say(work: Work, storage: LocalFiles, requested: Ticket) -> Say:
    """Says something on the ticket."""

    async def say_it(account: Account, comment: str = "", *files: NewFile, **values: Any) -> FollowUp:
        new = NewFollowUp(**{"ticket_id": requested.id, "comment": comment, **values})
        reply: FollowUp = await work(followups.reply, account.actor, storage, new, files)
        return reply

    return say_it


async def test_a_reply_is_kept_as_it_is_counted_and_followed(
    session: Session, say: Say, requested: Ticket, agent: Account, admin: Account
) -> None:
    text = "id={{ ticket.id }} {% now 'Y' %} <b>&"
    opened_at = (await stored(session, requested.id)).last_activity_at
    reply = await say(admin, text, time_spent=timedelta(minutes=90))
    assert (reply.title, reply.comment, reply.author_id) == ("Printer on fire", text, admin.id)
    assert (reply.public, reply.new_status, reply.time_spent) == (False, None, timedelta(minutes=90))
    assert (reply.is_opening, reply.email_recipients, reply.message_id) == (False, [], None)
    about = {"title": "Printer on fire", "public": False, "new_status": None}
    assert await events_of(session, requested.id, after=1) == [("followup.created", None, about)]
    assert await subscribers_of(session, requested.id) == [agent.id, admin.id]
    assert (await counters_of(session, admin.id), await counters_of(session, agent.id)) == ((1, 0), (1, 0))
    now = await stored(session, requested.id)
    assert (now.reply_count, now.status, now.last_activity_at > opened_at) == (1, Status.OPEN, True)


async def test_a_reply_that_says_nothing_is_not_counted(
    session: Session, say: Say, requested: Ticket, admin: Account
) -> None:
    await say(admin, new_status=Status.CLOSED)
    assert (await stored(session, requested.id)).reply_count == 0
    assert await counters_of(session, admin.id) == (0, 0)


@pytest.mark.parametrize(
    ("status", "title", "resolution", "events"),
    [
        (Status.RESOLVED, "Printer on fire and Resolved", "Done.", ["ticket.closed", "ticket.updated"]),
        (Status.CLOSED, "Printer on fire and Closed", None, ["ticket.closed"]),
        (Status.DUPLICATE, "Printer on fire and Duplicate", None, ["ticket.closed"]),
        (Status.REOPENED, "Printer on fire and Reopened", None, ["ticket.status_changed"]),
        (Status.OPEN, "Printer on fire", None, []),
    ],
)
async def test_a_new_status_moves_the_ticket_and_resolving_keeps_the_comment(
    session: Session,
    say: Say,
    requested: Ticket,
    agent: Account,
    status: Status,
    title: str,
    resolution: str | None,
    events: list[str],
) -> None:
    reply = await say(agent, "Done.", new_status=status)
    assert (reply.title, reply.new_status) == (title, status)
    now = await stored(session, requested.id)
    assert (now.status, now.resolution, now.title) == (status, resolution, "Printer on fire")
    assert await event_types(session, requested.id, after=1) == ["followup.created", *events]


async def test_a_title_is_the_follow_ups_own_and_fits(
    session: Session, work: Work, say: Say, requested: Ticket, agent: Account
) -> None:
    assert (await say(agent, title="Its own", new_status=Status.CLOSED)).title == "Its own"
    assert (await stored(session, requested.id)).title == "Printer on fire"
    await work(support.change_ticket, agent.actor, requested.id, {"title": "x" * 200})
    assert (await say(agent, new_status=Status.OPEN)).title == "x" * 191 + " and Open"


async def test_a_reply_to_a_closed_ticket_does_not_reopen_it(
    session: Session, say: Say, requested: Ticket, agent: Account, requester: Account
) -> None:
    await say(agent, new_status=Status.CLOSED)
    await say(requester, "Thank you.")
    now = await stored(session, requested.id)
    assert (now.status, now.reply_count) == (Status.CLOSED, 1)


async def test_what_a_plain_user_says_is_public_and_moves_nothing(say: Say, requester: Account, agent: Account) -> None:
    assert (await say(requester, "Hello", public=False)).public is True
    assert [(await say(agent, "Hello", public=public)).public for public in (False, True)] == [False, True]
    with pytest.raises(Forbidden):
        await say(requester, "Done", new_status=Status.CLOSED)


async def test_only_support_tickets_that_are_seen_are_answered(
    session: Session, work: Work, say: Say, requested: Ticket, agent: Account, stranger: Account
) -> None:
    upload = await work(uploads.open_upload_ticket, agent.actor, 3)
    for account, ticket_id in ((stranger, requested.id), (agent, upload.id), (agent, 999_999)):
        with pytest.raises(TicketNotFound):
            await say(account, "Hello", ticket_id=ticket_id)
    assert len(await followups_of(session, requested.id)) == 1


async def test_files_stand_in_the_order_of_their_names(
    session: Session, say: Say, storage: LocalFiles, requested: Ticket, agent: Account, new_file: NewFiles
) -> None:
    names = ("b.txt", "a.txt", "b.txt")
    reply = await say(agent, "Files", *[await new_file(name, name.encode()) for name in names])
    assert [one.filename for one in reply.attachments] == ["a.txt", "b.txt", "b.txt"]
    assert len({one.path for one in reply.attachments}) == 3
    assert all(one.path.endswith(f"/{reply.id}/{one.filename}") for one in reply.attachments)
    paths = [storage.locate(one.path) for one in reply.attachments]
    assert [path.read_text() for path in paths if path] == ["a.txt", "b.txt", "b.txt"]
    assert await event_types(session, requested.id, after=1) == [*["attachment.created"] * 3, "followup.created"]


async def test_a_file_can_be_added_to_what_was_said(
    work: Work, say: Say, storage: LocalFiles, agent: Account, requester: Account, stranger: Account, new_file: NewFiles
) -> None:
    reply = await say(agent, "Hello", public=True)
    added = await work(files.add_to_followup, agent.actor, storage, reply.id, await new_file("later.txt"))
    assert (added.followup_id, added.ticket_id, added.filename) == (reply.id, reply.ticket_id, "later.txt")
    with pytest.raises(Forbidden):
        await work(files.add_to_followup, requester.actor, storage, reply.id, await new_file())
    with pytest.raises(FollowUpNotFound):
        await work(files.add_to_followup, stranger.actor, storage, reply.id, await new_file())
