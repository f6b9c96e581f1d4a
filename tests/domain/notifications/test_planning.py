"""Who is written to about what, and what is kept of it until it is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from factories import Account, make_account
from helpdesk_api.db.session import Session
from helpdesk_api.domain.attachments.commands import NewFile
from helpdesk_api.domain.followups import service as followups
from helpdesk_api.domain.followups.commands import NewFollowUp
from helpdesk_api.domain.notifications.facts import LONGEST_TEXT
from helpdesk_api.domain.notifications.planning import MailPlanner
from helpdesk_api.domain.outbox.commands import NewDelivery
from helpdesk_api.domain.subscriptions import service as subscriptions
from helpdesk_api.domain.tickets import service as tickets
from helpdesk_api.domain.tickets import uploads, workflow
from helpdesk_api.domain.tickets.commands import Status
from helpdesk_api.models import Event, FollowUp, Queue, Ticket
from helpdesk_api.storage.files import LocalFiles
from mail_plans import numbered_events, told
from query_count import counted

Work = Callable[..., Awaitable[Any]]
OpenTicket = Callable[..., Awaitable[Ticket]]
Plan = Callable[[], Awaitable[list[NewDelivery]]]
Say = Callable[..., Awaitable[FollowUp]]
NewFiles = Callable[..., Awaitable[NewFile]]


@pytest.fixture
def say(work: Work, storage: LocalFiles) -> Say:
    """Says something on a ticket, for everybody to read."""

    async def say_it(account: Account, ticket: Ticket, comment: str, *files: NewFile, **values: Any) -> FollowUp:
        new = NewFollowUp(**{"ticket_id": ticket.id, "comment": comment, "public": True, **values})
        reply: FollowUp = await work(followups.reply, account.actor, storage, new, files)
        return reply

    return say_it


@pytest.fixture
async def settled(requested: Ticket, plan: Plan) -> Ticket:
    """The agent's ticket for the requester, whose opening everybody was told of already."""
    await plan()
    return requested


async def recipients_of(session: Session, followup_id: int) -> list[str] | None:
    """Who was written to about a follow-up, as everybody reads it."""
    query = select(FollowUp.email_recipients).where(FollowUp.id == followup_id)
    return await session.scalar(query)


async def test_an_opening_is_confirmed_to_the_submitter_and_kept_whole(
    session: Session, requested: Ticket, plan: Plan, agent: Account, queue: Queue
) -> None:
    opened = int(requested.created_at.timestamp())
    (delivery,) = await plan()
    event = await session.scalar(select(Event).where(Event.ticket_id == requested.id))
    assert event is not None
    assert (delivery.channel, delivery.recipient, delivery.webhook_id) == ("email", "requester@example.com", None)
    assert (delivery.event_id, delivery.sequence) == (event.id, event.sequence)
    assert delivery.payload == {
        "kind": "opened",
        "message_id": f"ticket-{requested.id}.{opened}@help.example.com",
        "thread": "",
        "reply_to": "",
        "date": event.created_at.replace(microsecond=0).isoformat(),
        "values": {
            "ticket": {
                "id": requested.id,
                "title": "Printer on fire",
                "queue": queue.slug,
                "queue_title": queue.title,
                "status": 1,
            },
            "actor": "An Agent",
            "text": "On the second floor.",
            "is_cut": False,
            "files": [],
        },
    }
    opening = await session.scalar(select(FollowUp.id).where(FollowUp.ticket_id == requested.id))
    assert opening is not None
    assert await recipients_of(session, opening) == ["requester@example.com"]


async def test_who_opens_for_themselves_gets_the_confirmation_all_the_same(
    open_ticket: OpenTicket, requester: Account, plan: Plan
) -> None:
    await open_ticket(requester)
    assert told(await plan()) == [("opened", "requester@example.com")]


async def test_an_address_nobody_here_has_is_written_to(open_ticket: OpenTicket, plan: Plan) -> None:
    await open_ticket(submitter_email="jblogs@example.com")
    assert told(await plan()) == [("opened", "jblogs@example.com")]


async def test_blank_addresses_and_deactivated_users_get_nothing(
    session: Session, open_ticket: OpenTicket, plan: Plan, stranger: Account
) -> None:
    stranger.user.is_active = False
    await session.flush()
    await open_ticket(submitter_email="")
    await open_ticket(submitter_email="stranger@example.com")
    assert await plan() == []


async def test_subscribers_and_assignees_who_are_deactivated_or_have_no_address_get_nothing(
    session: Session, work: Work, say: Say, settled: Ticket, plan: Plan, agent: Account, admin: Account
) -> None:
    silent = await make_account(session, "silent")
    await work(subscriptions.subscribe, admin.actor, settled, silent.id)
    await work(workflow.assign, admin.actor, settled.id, agent.id)
    agent.user.is_active = False
    await session.flush()
    await say(admin, settled, "Put out.")
    assert told(await plan()) == [("replied", "requester@example.com")]


async def test_the_assignee_is_told_and_not_who_takes_a_ticket_themselves(
    work: Work, settled: Ticket, plan: Plan, admin: Account, agent: Account
) -> None:
    await work(workflow.assign, admin.actor, settled.id, agent.id)
    assert told(await plan()) == [("assigned", "agent@example.com")]
    await work(workflow.release, agent.actor, settled.id)
    await work(workflow.claim, agent.actor, settled.id)
    await work(workflow.assign, admin.actor, settled.id, admin.id)
    assert await plan() == []


async def test_a_ticket_opened_for_somebody_and_given_to_somebody_tells_both(
    open_ticket: OpenTicket, plan: Plan, admin: Account
) -> None:
    await open_ticket(submitter_email="jblogs@example.com", assignee_id=admin.id)
    planned = await plan()
    assert told(planned) == [("opened", "jblogs@example.com"), ("assigned", "admin@example.com")]
    root = planned[0].payload["message_id"]
    assert [delivery.payload["thread"] for delivery in planned] == ["", root]


async def test_a_public_reply_goes_to_submitter_and_subscribers_but_not_to_its_author(
    session: Session,
    work: Work,
    say: Say,
    settled: Ticket,
    plan: Plan,
    agent: Account,
    admin: Account,
    stranger: Account,
) -> None:
    await work(subscriptions.subscribe, agent.actor, settled, stranger.id)
    await plan()
    reply = await say(admin, settled, "Put out.")
    planned = await plan()
    everybody = ["requester@example.com", "agent@example.com", "stranger@example.com"]
    assert told(planned) == [("replied", address) for address in everybody]
    assert len({delivery.lane for delivery in planned}) == 3
    assert await recipients_of(session, reply.id) == everybody
    payload = planned[0].payload
    opened = int(settled.created_at.timestamp())
    assert payload["message_id"] == f"ticket-{settled.id}.event-{planned[0].event_id}.{opened}@help.example.com"
    assert payload["thread"] == f"ticket-{settled.id}.{opened}@help.example.com"
    assert (payload["values"]["actor"], payload["values"]["text"]) == ("admin", "Put out.")


async def test_the_submitters_reply_goes_to_the_others(
    say: Say, settled: Ticket, plan: Plan, requester: Account
) -> None:
    await say(requester, settled, "Still burning.")
    assert told(await plan()) == [("replied", "agent@example.com")]


async def test_each_person_is_written_to_once(
    session: Session, work: Work, say: Say, settled: Ticket, plan: Plan, requester: Account, admin: Account
) -> None:
    twin = await make_account(session, "twin", email="Requester@example.com")
    for account in (requester, twin):
        await work(subscriptions.subscribe, admin.actor, settled, account.id)
    await plan()
    await say(admin, settled, "Put out.")
    assert told(await plan()) == [("replied", "requester@example.com"), ("replied", "agent@example.com")]


async def test_nobody_hears_of_a_private_reply(
    session: Session, say: Say, settled: Ticket, plan: Plan, admin: Account
) -> None:
    reply = await say(admin, settled, "Between us.", public=False)
    assert await plan() == []
    assert await recipients_of(session, reply.id) == []


async def test_nobody_hears_of_a_reply_that_says_nothing_but_of_one_with_files(
    say: Say, settled: Ticket, plan: Plan, admin: Account, new_file: NewFiles
) -> None:
    await say(admin, settled, "  ")
    assert await plan() == []
    await say(admin, settled, "", await new_file("b.txt"), await new_file("a.txt"))
    planned = await plan()
    assert told(planned) == [("replied", "requester@example.com"), ("replied", "agent@example.com")]
    assert planned[0].payload["values"]["files"] == ["a.txt", "b.txt"]


async def test_closing_is_told_with_what_was_said_and_only_once(
    session: Session, work: Work, settled: Ticket, plan: Plan, requester: Account
) -> None:
    await work(workflow.close, requester.actor, settled.id, "It works again.")
    planned = await plan()
    assert told(planned) == [("closed", "agent@example.com")]
    assert planned[0].payload["values"]["text"] == "It works again."
    assert planned[0].payload["values"]["ticket"]["status"] == Status.CLOSED
    last = await session.scalar(select(FollowUp.id).where(FollowUp.ticket_id == settled.id, ~FollowUp.is_opening))
    assert last is not None
    assert await recipients_of(session, last) == ["agent@example.com"]


async def test_closing_without_a_word(work: Work, settled: Ticket, plan: Plan, admin: Account) -> None:
    await work(workflow.close, admin.actor, settled.id)
    planned = await plan()
    assert told(planned) == [("closed", "requester@example.com"), ("closed", "agent@example.com")]
    assert planned[0].payload["values"]["text"] == ""


async def test_closing_with_a_private_word_keeps_it_private(
    session: Session, say: Say, settled: Ticket, plan: Plan, admin: Account
) -> None:
    reply = await say(admin, settled, "A nuisance.", public=False, new_status=Status.RESOLVED.value)
    planned = await plan()
    assert told(planned) == [("closed", "requester@example.com"), ("closed", "agent@example.com")]
    assert "A nuisance." not in str(planned)
    assert await recipients_of(session, reply.id) == []


async def test_resolving_with_a_public_word_is_a_closing(say: Say, settled: Ticket, plan: Plan, admin: Account) -> None:
    await say(admin, settled, "Put out.", new_status=Status.RESOLVED.value)
    planned = await plan()
    assert told(planned) == [("closed", "requester@example.com"), ("closed", "agent@example.com")]
    assert [delivery.payload["values"]["text"] for delivery in planned] == ["Put out."] * 2


async def test_nobody_hears_of_what_is_gone_already(
    work: Work, storage: LocalFiles, say: Say, settled: Ticket, open_ticket: OpenTicket, plan: Plan, admin: Account
) -> None:
    reply = await say(admin, settled, "Oh, no.")
    await work(followups.delete_followup, admin.actor, storage, reply.id)
    gone = await open_ticket(submitter_email="jblogs@example.com")
    await work(tickets.delete_ticket, admin.actor, storage, gone.id)
    assert await plan() == []


async def test_nobody_hears_of_upload_tickets(work: Work, requester: Account, plan: Plan) -> None:
    await work(uploads.open_upload_ticket, requester.actor, 2)
    assert await plan() == []


async def test_answers_go_to_the_address_of_the_queue(
    session: Session, open_ticket: OpenTicket, plan: Plan, queue: Queue
) -> None:
    queue.email_address = "printers@example.com"
    await session.flush()
    await open_ticket(submitter_email="jblogs@example.com")
    assert [delivery.payload["reply_to"] for delivery in await plan()] == ["printers@example.com"]


async def test_a_title_stays_on_its_line_and_a_long_text_is_cut(open_ticket: OpenTicket, plan: Plan) -> None:
    await open_ticket(title="a\r\nBcc: b\u202ec", description="x" * (LONGEST_TEXT + 1), submitter_email="j@example.com")
    (delivery,) = await plan()
    values = delivery.payload["values"]
    assert values["ticket"]["title"] == "a Bcc: b c"
    assert (values["text"], values["is_cut"]) == ("x" * LONGEST_TEXT, True)


async def test_many_events_are_planned_with_as_many_queries_as_one(
    session: Session,
    connection: AsyncConnection,
    say: Say,
    open_ticket: OpenTicket,
    admin: Account,
    requester: Account,
) -> None:
    async def queries_for(tickets: int) -> int:
        for _ in range(tickets):
            await say(admin, await open_ticket(submitter_email=requester.user.email), "Put out.")
        events = await numbered_events(session)
        async with counted(connection) as statements:
            assert len(await MailPlanner("help.example.com")(session, events)) == tickets * 3
        return len(statements)

    await queries_for(1)  # the driver asks what it does not know of types once, too
    assert await queries_for(1) == await queries_for(5) == 6
