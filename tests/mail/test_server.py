"""Handing messages to a mail server: connections, encryption, passwords, refusals."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from helpdesk_api.mail.errors import MailDelayed, MailRefused
from helpdesk_api.mail.messages import Letter, build
from helpdesk_api.mail.server import Mailer, MailServer
from mail_servers import PASSWORD, USERNAME, Certificates, Mailbox, mail_server, signing_in

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def message_to(address: str) -> EmailMessage:
    """A short message."""
    return build(
        Letter(address, "A subject", "A text\n", "<p>A text</p>\n", "test-1@example.com", NOON), "desk@example.com"
    )


def server_of(mailbox: Mailbox) -> MailServer:
    """The mailbox's server, as the service sees it."""
    return MailServer("127.0.0.1", mailbox.port, "desk@example.com")


async def test_a_message_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    async with Mailer(server_of(mailbox)) as mailer:
        assert await mailer.send(message_to("jblogs@example.com")) == "taken"
    (one,) = mailbox.received
    assert (one.sender, one.recipients) == ("desk@example.com", ["jblogs@example.com"])
    assert one.content == message_to("jblogs@example.com").as_bytes()


async def test_several_messages_share_a_connection_up_to_the_limit(mailbox: Mailbox) -> None:
    async with Mailer(replace(server_of(mailbox), max_emails=2)) as mailer:
        for number in range(5):
            await mailer.send(message_to(f"user{number}@example.com"))
    assert len(mailbox.received) == 5
    assert len({id(one.session) for one in mailbox.received}) == len(mailbox.sessions) == 3


async def test_messages_at_the_same_time_have_connections_of_their_own(mailbox: Mailbox) -> None:
    async with Mailer(server_of(mailbox)) as mailer:
        await asyncio.gather(*(mailer.send(message_to(f"user{number}@example.com")) for number in range(3)))
        await mailer.send(message_to("user3@example.com"))
    assert sorted(mailbox.to) == [f"user{number}@example.com" for number in range(4)]
    assert len(mailbox.sessions) == 3


@pytest.mark.parametrize(("said", "error"), [("550 5.1.1 nobody here", MailRefused), ("450 4.2.0 later", MailDelayed)])
async def test_a_refused_recipient_is_told_and_the_next_one_served(
    mailbox: Mailbox, said: str, error: type[Exception]
) -> None:
    mailbox.refusals["gone@example.com"] = said
    async with Mailer(server_of(mailbox)) as mailer:
        with pytest.raises(error, match=f"the mail server says: {said}"):
            await mailer.send(message_to("gone@example.com"))
        await mailer.send(message_to("jblogs@example.com"))
    assert mailbox.to == ["jblogs@example.com"]
    assert len(mailbox.sessions) == 1


@pytest.mark.parametrize(("said", "error"), [("554 5.7.1 spam", MailRefused), ("452 4.3.1 full", MailDelayed)])
async def test_a_message_that_is_refused_is_told_apart_from_one_that_must_wait(
    mailbox: Mailbox, said: str, error: type[Exception]
) -> None:
    mailbox.answers.append(said)
    async with Mailer(server_of(mailbox)) as mailer:
        with pytest.raises(error, match=f"the mail server says: {said}"):
            await mailer.send(message_to("jblogs@example.com"))
    assert mailbox.received == []


async def test_starttls_and_a_password(certificates: Certificates) -> None:
    with mail_server(**signing_in(certificates)) as mailbox:
        server = replace(
            server_of(mailbox),
            encryption="starttls",
            username=USERNAME,
            password=PASSWORD,
            tls=certificates.client,
        )
        async with Mailer(server) as mailer:
            await mailer.send(message_to("jblogs@example.com"))
    (one,) = mailbox.received
    assert one.session.ssl is not None
    assert one.session.authenticated


async def test_tls_from_the_start(certificates: Certificates) -> None:
    with mail_server(ssl_context=certificates.server) as mailbox:
        async with Mailer(replace(server_of(mailbox), encryption="tls", tls=certificates.client)) as mailer:
            await mailer.send(message_to("jblogs@example.com"))
    assert mailbox.to == ["jblogs@example.com"]


async def test_a_certificate_nobody_trusts_is_not_accepted(certificates: Certificates) -> None:
    with mail_server(**signing_in(certificates)) as mailbox:
        async with Mailer(replace(server_of(mailbox), encryption="starttls")) as mailer:
            with pytest.raises(MailDelayed, match="CERTIFICATE_VERIFY_FAILED"):
                await mailer.check()


async def test_a_server_without_starttls_gets_nothing_unencrypted(mailbox: Mailbox) -> None:
    async with Mailer(replace(server_of(mailbox), encryption="starttls")) as mailer:
        with pytest.raises(MailDelayed, match="STARTTLS"):
            await mailer.send(message_to("jblogs@example.com"))
    assert mailbox.received == []


async def test_a_wrong_password_waits_to_be_mended_and_is_not_repeated(certificates: Certificates) -> None:
    with mail_server(**signing_in(certificates)) as mailbox:
        server = replace(
            server_of(mailbox), encryption="starttls", username=USERNAME, password="wrong-one", tls=certificates.client
        )
        async with Mailer(server) as mailer:
            with pytest.raises(MailDelayed, match=r"the mail server says: 535 5\.7\.8") as raised:
                await mailer.send(message_to("jblogs@example.com"))
    assert "wrong-one" not in f"{raised.value!r} {server}  {server!r}"


async def test_a_server_that_is_away_is_asked_again_and_serves_once_it_is_back(mailbox: Mailbox) -> None:
    with mail_server() as passing:
        pass
    async with Mailer(server_of(passing)) as mailer:
        with pytest.raises(MailDelayed, match="the mail server cannot be used"):
            await mailer.send(message_to("jblogs@example.com"))
        with mail_server(passing):
            await mailer.send(message_to("jblogs@example.com"))
        # The connection is gone with the server, and the next server is another one.
        with mail_server(passing):
            await mailer.send(message_to("jblogs@example.com"))
    assert len(passing.received) == 2


async def test_a_server_that_says_nothing_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpdesk_api.mail.server.STEP_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with Mailer(MailServer("127.0.0.1", silent.getsockname()[1], "desk@example.com")) as mailer:
            with pytest.raises(MailDelayed, match="did not answer in time"):
                await mailer.send(message_to("jblogs@example.com"))


async def test_an_idle_connection_is_closed(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpdesk_api.mail.server.IDLE_SECONDS", 0.01)
    async with Mailer(server_of(mailbox)) as mailer:
        await mailer.send(message_to("jblogs@example.com"))
        await asyncio.sleep(0.05)
        await mailer.send(message_to("jblogs@example.com"))
    assert len(mailbox.sessions) == 2
