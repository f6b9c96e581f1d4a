"""`send-test-email`, and what `check` looks at: whether the templates are whole and the mail server takes messages."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from helpdesk_api.cli.environment import load_settings, said_in_a_line, stop
from helpdesk_api.mail.addresses import mailbox
from helpdesk_api.mail.configuration import common_of, host_of, server_of, templates_of
from helpdesk_api.mail.errors import MailDelayed, MailRefused
from helpdesk_api.mail.messages import Letter, build
from helpdesk_api.mail.server import Mailer
from helpdesk_api.mail.templates import Templates
from helpdesk_api.settings import Settings

NOT_SET_UP = "nobody is written to: HELPDESK_MAIL_SERVER is not set, or HELPDESK_MAIL_SUPPRESS_SEND is."


def send_test_email(address: Annotated[str, typer.Argument(help="Whom to write to.")]) -> None:
    """Send a short message by the mail server that is set, at once, and say what came of it."""
    settings = load_settings()
    if not settings.sends_mail:
        stop(NOT_SET_UP)
    try:
        mailbox(address)
    except ValueError as error:
        stop(f"ADDRESS {error}")
    answer = asyncio.run(_send(settings, _test_letter(settings, address)))
    typer.echo(f"Sent to {address} by {server_of(settings)}, which says: {answer}")


def _test_letter(settings: Settings, address: str) -> Letter:
    words = load_templates(settings).render("test", common_of(settings))
    message_id = f"test.{time.time_ns()}@{host_of(settings)}"
    return Letter(address, words.subject, words.text, words.html, message_id, datetime.now(UTC))


async def _send(settings: Settings, letter: Letter) -> str:
    server = server_of(settings)
    try:
        async with Mailer(server) as mailer:
            return await mailer.send(build(letter, server.sender))
    except (MailRefused, MailDelayed) as error:
        stop(f"not sent by {server}: {error}")


def load_templates(settings: Settings) -> Templates:
    """The templates; ends the command where one cannot be used."""
    with said_in_a_line():
        return templates_of(settings)


def check_mail(settings: Settings) -> None:
    """Say that e-mails can be written and sent, or end the command with the reason."""
    load_templates(settings)
    server = server_of(settings)
    asyncio.run(_check_server(settings))
    ways = {"none": "not encrypted", "starttls": "STARTTLS", "tls": "TLS"}
    signed_in = f", signed in as {server.username}" if server.username else ""
    typer.echo(f"mail server {server}: ok ({ways[server.encryption]}{signed_in})")


async def _check_server(settings: Settings) -> None:
    server = server_of(settings)
    try:
        async with Mailer(server) as mailer:
            await mailer.check()
    except MailDelayed as error:
        stop(f"the mail server {server} cannot be used: {error}")
