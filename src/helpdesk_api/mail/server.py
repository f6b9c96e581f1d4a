"""The mail server messages are handed to: connections that carry several, and what its refusals mean (RFC 5321)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from helpdesk_api.mail.errors import MailDelayed, MailRefused

# For each step of the conversation; a message takes six at most: connection, STARTTLS, AUTH, MAIL, RCPT, DATA.
STEP_SECONDS = 20.0
# Whatever happens, sending one message is over by then.
SEND_SECONDS = 100.0
# A connection nobody uses any more is closed before the server does it.
IDLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where the server is, and how it is spoken to."""

    host: str
    port: int
    sender: str
    encryption: Literal["none", "starttls", "tls"] = "none"
    username: str = ""
    password: str = field(default="", repr=False)
    # Messages over one connection; 0 is any number.
    max_emails: int = 0
    # What certificates are checked with; None for what the system trusts.
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    def __str__(self) -> str:
        """Its address, as people write it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(slots=True)
class _Connection:
    client: SMTP
    sent: int = 0
    closing: asyncio.TimerHandle | None = None


class Mailer:
    """Sends messages, each over a connection that is open already or over a new one. Usable as a context manager."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._idle: list[_Connection] = []
        self._ending: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Mailer:
        """Nothing is opened before there is something to send."""
        return self

    async def __aexit__(self, *_exception: object) -> None:
        """Say goodbye on every connection."""
        for connection in self._idle:
            self._end(connection)
        self._idle.clear()
        await asyncio.gather(*self._ending)

    async def check(self) -> None:
        """Connect, encrypt and sign in as for a message. Raises `MailDelayed` where that does not work."""
        with _explained():
            connection = await self._connect()
        self._end(connection)

    async def send(self, message: EmailMessage) -> str:
        """Hand over a message to its one recipient; what the server says to it.

        Raises `MailRefused` where it was refused for good, `MailDelayed` for everything else. A server that hung up
        between two messages is asked once more.
        """
        with _explained():
            async with asyncio.timeout(SEND_SECONDS):
                if self._idle:
                    with suppress(SMTPServerDisconnected):
                        return await self._send_over(self._take(), message)
                return await self._send_over(await self._connect(), message)

    async def _send_over(self, connection: _Connection, message: EmailMessage) -> str:
        sender, recipient = (message[name].addresses[0].addr_spec for name in ("From", "To"))
        connection.sent += 1
        may_follow = False
        try:
            _, answer = await connection.client.send_message(message, sender=sender, recipients=[recipient])
            may_follow = True
        except (SMTPResponseException, SMTPRecipientsRefused):
            may_follow = True  # the client has begun anew (RSET)
            raise
        finally:
            if may_follow:
                self._give_back(connection)
            else:
                connection.client.close()
        return answer

    async def _connect(self) -> _Connection:
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password or None,
            use_tls=server.encryption == "tls",
            start_tls=server.encryption == "starttls",
            tls_context=server.tls,
            timeout=STEP_SECONDS,
        )
        await client.connect()
        return _Connection(client)

    def _take(self) -> _Connection:
        connection = self._idle.pop()
        if connection.closing is not None:
            connection.closing.cancel()
        return connection

    def _give_back(self, connection: _Connection) -> None:
        if not connection.client.is_connected or connection.sent == self._server.max_emails:
            self._end(connection)
            return
        connection.closing = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._end_idle, connection)
        self._idle.append(connection)

    def _end_idle(self, connection: _Connection) -> None:
        self._idle.remove(connection)
        self._end(connection)

    def _end(self, connection: _Connection) -> None:
        """Say goodbye, beside whatever else goes on."""
        if connection.closing is not None:
            connection.closing.cancel()
        task = asyncio.create_task(_quit(connection.client))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


async def _quit(client: SMTP) -> None:
    with suppress(SMTPException, OSError):
        await client.quit(timeout=IDLE_SECONDS)
    client.close()


@contextmanager
def _explained() -> Iterator[None]:
    """Raise what the library and the network raise as what it means for the message."""
    try:
        yield
    except SMTPRecipientsRefused as error:
        refusal = error.recipients[0]
        raise _refused(refusal.code, refusal.message) from error
    except SMTPDataError as error:
        raise _refused(error.code, error.message) from error
    except SMTPResponseException as error:
        # Of whoever signs in or sends, and of the connection: an operator can mend that.
        raise MailDelayed(f"the mail server says: {error.code} {_on_one_line(error.message)}") from error
    except TimeoutError as error:
        raise MailDelayed("the mail server did not answer in time") from error
    except (SMTPException, OSError) as error:
        raise MailDelayed(f"the mail server cannot be used: {_on_one_line(str(error))}") from error


def _refused(code: int, message: str) -> MailRefused | MailDelayed:
    kind = MailRefused if 500 <= code < 600 else MailDelayed
    return kind(f"the mail server says: {code} {_on_one_line(message)}")


def _on_one_line(message: str) -> str:
    return " ".join(message.split())[:500]
