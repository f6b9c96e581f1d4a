"""Real mail servers for tests: aiosmtpd in a thread of its own, with what a test wants it to refuse."""

from __future__ import annotations

import email
import logging
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from live_service import wait_until

# It tells the root logger of every line of a conversation.
logging.getLogger("mail.log").setLevel(logging.ERROR)
USERNAME, PASSWORD = "helpdesk", "a-secret-of-the-mail-server"


@dataclass
class Received:
    """A message as it came."""

    sender: str
    recipients: list[str]
    content: bytes
    session: Session

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        return email.message_from_bytes(self.content, policy=default)  # type: ignore[return-value]

    @property
    def text(self) -> str:
        """Its plain text."""
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


@dataclass
class Mailbox:
    """What a server has received, and how it answers."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    # Every message that was sent, taken or not.
    seen: list[bytes] = field(default_factory=list)
    # What is said to RCPT of an address, as `550 5.1.1 nobody of this name`; everybody else is welcome.
    refusals: dict[str, str] = field(default_factory=dict)
    taken: str = "250 taken"
    # What is said to the next messages, in turn; after that they are taken.
    answers: list[str] = field(default_factory=list)

    async def handle_EHLO(self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, lines: Any) -> Any:
        """Note a new conversation."""
        session.host_name = hostname
        self.sessions.append(session)
        return lines

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient, or not."""
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a message, or not."""
        content = envelope.original_content
        assert content is not None
        assert envelope.mail_from is not None
        self.seen.append(content)
        answer = self.answers.pop(0) if self.answers else self.taken
        if answer.startswith("250"):
            self.received.append(Received(envelope.mail_from, list(envelope.rcpt_tos), content, session))
        return answer

    def wait_for(self, count: int) -> list[Received]:
        """The messages, once there are so many."""
        wait_until(lambda: len(self.received) >= count, f"{count} messages did not come: {self.to}", seconds=30)
        return self.received

    @property
    def to(self) -> list[str]:
        """Whom the messages were for, in order."""
        return [address for one in self.received for address in one.recipients]


def _check(_server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    if mechanism not in ("LOGIN", "PLAIN"):
        return AuthResult(success=False, handled=False)
    given = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode())
    # Not handled: the server says so itself.
    return AuthResult(success=given == (USERNAME, PASSWORD), handled=False)


@contextmanager
def mail_server(mailbox: Mailbox | None = None, **options: Any) -> Iterator[Mailbox]:
    """A server on the mailbox's port, a free one unless it has one already; `options` are aiosmtpd's."""
    mailbox = mailbox or Mailbox()
    # On port 0, aiosmtpd would not find itself to see whether it has begun.
    controller = _Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, **options)
    controller.start()
    try:
        mailbox.port = controller.bound_port
        yield mailbox
    finally:
        controller.stop()


class _Controller(Controller):
    @property
    def bound_port(self) -> int:
        assert self.server is not None
        return int(self.server.sockets[0].getsockname()[1])

    def _trigger_server(self) -> None:
        self.port = self.bound_port
        super()._trigger_server()


def signing_in(certificates: Certificates) -> dict[str, Any]:
    """Options of a server that wants STARTTLS and a password."""
    return {
        "tls_context": certificates.server,
        "require_starttls": True,
        "authenticator": _check,
        "auth_required": True,
    }


@dataclass
class Certificates:
    """A certificate of 127.0.0.1 that nobody has signed but itself."""

    file: Path
    key: Path

    @property
    def server(self) -> ssl.SSLContext:
        """For a server that shows it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context

    @property
    def client(self) -> ssl.SSLContext:
        """For a client that trusts it."""
        return ssl.create_default_context(cafile=str(self.file))


def make_certificates(folder: Path) -> Certificates:
    """Make one in this folder."""
    made = Certificates(folder / "certificate.pem", folder / "key.pem")
    kind = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-addext", "subjectAltName=IP:127.0.0.1")
    files = ("-keyout", str(made.key), "-out", str(made.file))
    subprocess.run(["openssl", "req", *kind, "-subj", "/CN=127.0.0.1", *files], check=True, capture_output=True)
    return made
