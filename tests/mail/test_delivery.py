"""From what happens on a ticket to what arrives in a mailbox, over a real mail server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import func, select, update

from factories import Account, make_account, make_queue
from helpdesk_api.background.running import doing
from helpdesk_api.background.work import Work, all_work
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.followups import service as followups
from helpdesk_api.domain.followups.commands import NewFollowUp
from helpdesk_api.domain.notifications.channel import EmailChannel
from helpdesk_api.domain.notifications.planning import MailPlanner
from helpdesk_api.domain.tickets import opening
from helpdesk_api.domain.tickets.commands import NewTicket
from helpdesk_api.models import Delivery, Department, Event, FollowUp, Ticket
from helpdesk_api.settings import Settings
from helpdesk_api.storage.files import LocalFiles
from mail_servers import Mailbox, mail_server
from post import until


class Desk:
    """A help desk with an agent and a queue, which writes to the mailbox."""

    def __init__(self, database: Database, settings: Settings, agent: Account, queue_id: int) -> None:
        self.database = database
        self.settings = settings
        self._agent = agent
        self._queue_id = queue_id
        self._files = LocalFiles(settings.media_dir)

    async def open(self, submitter: str = "jblogs@example.com", title: str = "Printer on fire") -> Ticket:
        """Open a ticket for somebody."""
        new = NewTicket(queue_id=self._queue_id, title=title, description="It burns.", submitter_email=submitter)
        async with unit_of_work(self.database.sessions) as session:
            return await opening.open_ticket(session, self._agent.actor, self._files, new)

    async def reply(self, ticket: Ticket, comment: str) -> FollowUp:
        """Say something for everybody to read."""
        new = NewFollowUp(ticket_id=ticket.id, comment=comment, public=True)
        async with unit_of_work(self.database.sessions) as session:
            return await followups.reply(session, self._agent.actor, self._files, new)

    @asynccontextmanager
    async def at_work(self, **others: Any) -> AsyncIterator[Work]:
        """The background work of one process."""
        settings = self.settings.model_copy(update=others)
        async with AsyncExitStack() as stack:
            work = await all_work(settings, self.database, stack)
            async with doing(work, self.database), self.database.listening():
                yield work

    async def states(self) -> list[tuple[str | None, str, int, str | None]]:
        """What became of each delivery."""
        columns = select(Delivery.recipient, Delivery.state, Delivery.attempts, Delivery.last_error)
        async with self.database.read_sessions() as session:
            return [tuple(row) for row in await session.execute(columns.order_by(Delivery.id))]

    async def until_states(self, *states: str) -> None:
        """Return once the deliveries are so."""
        for _ in range(300):
            found = await self.states()
            if [state for _, state, _, _ in found] == list(states):
                return
            await until_a_moment_later()
        raise AssertionError(found)

    async def try_again_now(self) -> None:
        """As if the time of the next attempt had come."""
        async with unit_of_work(self.database.sessions) as session:
            pending = update(Delivery).where(Delivery.state == "pending")
            await session.execute(pending.values(next_attempt_at=func.now()))


async def until_a_moment_later() -> None:
    """Give the background a chance."""
    moments = iter((False, True))
    await until(lambda: next(moments))


@pytest.fixture
async def desk(empty_database: Database, settings: Settings, mailbox: Mailbox) -> Desk:
    """A desk that writes to the mailbox."""
    async with unit_of_work(empty_database.sessions) as session:
        agent = await make_account(session, "agent", is_staff=True, email="agent@example.com")
        department = await session.scalar(select(Department))
        assert department is not None
        queue = await make_queue(session, "Help & Co", department, slug="help", email_address="help@example.com")
    mail = {"mail_server": "127.0.0.1", "mail_port": mailbox.port, "mail_default_sender": "Desk <desk@example.com>"}
    return Desk(
        empty_database, settings.model_copy(update={**mail, "base_url": "https://desk.example.com"}), agent, queue.id
    )


WHOLE = """\
From: Desk <desk@example.com>
To: jblogs@example.com
Reply-To: help@example.com
Subject: [help-{ticket}] Printer on fire
Date: {date}
Message-ID: <ticket-{ticket}.event-{event}.{opened}@desk.example.com>
In-Reply-To: <ticket-{ticket}.{opened}@desk.example.com>
References: <ticket-{ticket}.{opened}@desk.example.com>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: OOF, AutoReply
MIME-Version: 1.0
Content-Type: multipart/alternative;
 boundary="{boundary}"

--{boundary}
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

agent answered:

C'est =C3=A9teint.

Ticket: #{ticket} Printer on fire
Queue: Help & Co
Status: Open
https://desk.example.com/flicket-api/ticket/{ticket}

--=20
helpdesk-api

--{boundary}
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable
MIME-Version: 1.0

<!DOCTYPE html>
<html lang=3D"en">
<head><meta charset=3D"utf-8"><title>Printer on fire</title></head>
<body style=3D"font-family: sans-serif; line-height: 1.4">
<p>
agent answered:
</p>
<blockquote style=3D"margin: 1em 0; padding-left: 1em; border-left: 3px solid=
 #999; white-space: pre-wrap">C&#39;est =C3=A9teint.</blockquote>
<p>
Ticket:
<a href=3D"https://desk.example.com/flicket-api/ticket/{ticket}">#{ticket} Printer on fire<=
/a><br>
Queue: Help &amp; Co<br>
Status: Open
</p>
<p style=3D"color: #666">helpdesk-api</p>
</body>
</html>

--{boundary}--
"""


async def test_a_reply_arrives_as_a_whole_in_the_thread_of_its_ticket(desk: Desk, mailbox: Mailbox) -> None:
    async with desk.at_work():
        ticket = await desk.open()
        await desk.reply(ticket, "C'est éteint.")
        await desk.until_states("delivered", "delivered")
    opened, replied = mailbox.received
    async with desk.database.read_sessions() as session:
        event = await session.scalar(select(Event.id).where(Event.type == "followup.created"))
    assert (replied.sender, replied.recipients) == ("desk@example.com", ["jblogs@example.com"])
    assert replied.content.decode().replace("\r\n", "\n") == WHOLE.format(
        ticket=ticket.id,
        event=event,
        opened=int(ticket.created_at.timestamp()),
        date=replied.message["Date"],
        boundary=replied.message.get_boundary(),
    )
    assert opened.message["Message-ID"] == replied.message["References"]
    assert len(mailbox.sessions) == 1


async def test_french_and_templates_of_ones_own(desk: Desk, mailbox: Mailbox) -> None:
    folder = desk.settings.data_dir / "templates"
    folder.mkdir()
    (folder / "subject.txt").write_text("{{ ticket.queue_title }} n° {{ ticket.id }}")
    async with desk.at_work(mail_language="fr", mail_templates=folder):
        ticket = await desk.open()
        await desk.until_states("delivered")
    (one,) = mailbox.received
    assert one.message["Subject"] == f"Help & Co n° {ticket.id}"
    assert one.text.startswith("Votre ticket est ouvert. Vous recevrez un message à chaque réponse.\n\nIt burns.\n")


async def test_who_is_refused_is_given_up_and_nobody_waits_for_them(desk: Desk, mailbox: Mailbox) -> None:
    mailbox.refusals["gone@example.com"] = "550 5.1.1 nobody of this name"
    async with desk.at_work():
        await desk.open("gone@example.com")
        await desk.open("jblogs@example.com")
        await desk.until_states("failed", "delivered")
    assert await desk.states() == [
        ("gone@example.com", "failed", 1, "the mail server says: 550 5.1.1 nobody of this name"),
        ("jblogs@example.com", "delivered", 1, None),
    ]


async def test_what_must_wait_is_sent_again_byte_for_byte_and_in_order(desk: Desk, mailbox: Mailbox) -> None:
    mailbox.answers.append("451 4.7.1 come back later")
    async with desk.at_work():
        ticket = await desk.open()
        await until(lambda: len(mailbox.seen) == 1)
        await desk.reply(ticket, "Put out.")
        await desk.until_states("pending", "pending")
        await desk.try_again_now()
        await desk.until_states("delivered", "delivered")
    assert [state[2] for state in await desk.states()] == [2, 1]
    first, again, reply = mailbox.seen
    assert first == again
    assert b"Put out." in reply


async def test_a_server_that_is_away_delays_and_loses_nothing(desk: Desk) -> None:
    with mail_server() as passing:
        pass
    async with desk.at_work(mail_port=passing.port):
        ticket = await desk.open()
        await desk.reply(ticket, "Put out.")
        while (await desk.states())[:1] == [] or (await desk.states())[0][3] is None:
            await until_a_moment_later()
        assert "the mail server cannot be used" in str((await desk.states())[0][3])
        with mail_server(passing):
            await desk.try_again_now()
            await desk.until_states("delivered", "delivered")
    subjects = [one.text.partition("\n")[0] for one in passing.received]
    assert subjects == ["Your ticket was opened. You will be told when somebody answers.", "agent answered:"]


@pytest.mark.parametrize("others", [{"mail_server": ""}, {"mail_suppress_send": True}])
async def test_nobody_is_written_to_without_a_server_or_where_that_is_suppressed(
    desk: Desk, others: dict[str, Any]
) -> None:
    async with desk.at_work(**others) as work:
        assert [one for one in work.planners if isinstance(one, MailPlanner)] == []
        assert [one for one in work.channels if isinstance(one, EmailChannel)] == []
        reply = await desk.reply(await desk.open(), "Put out.")
    async with desk.database.read_sessions() as session:
        assert await session.scalar(select(FollowUp.email_recipients).where(FollowUp.id == reply.id)) == []
    assert await desk.states() == []


async def test_reminders_come_once_however_many_processes_there_are(desk: Desk, mailbox: Mailbox) -> None:
    await desk.open()
    await desk.open(title="Mouse")
    async with desk.at_work(mail_outstanding_hours=24), desk.at_work(mail_outstanding_hours=24):
        await until(lambda: len(mailbox.received) == 3)
        await until_a_moment_later()
    (reminder,) = [one for one in mailbox.received if one.recipients == ["agent@example.com"]]
    assert reminder.message["Subject"] == "2 open tickets"
    assert len(mailbox.received) == 3
