"""Messages as they travel: headers that thread and cannot be forged, a text and the same as HTML.

RFC 5322 (headers, threading), RFC 2046 (multipart/alternative), RFC 3834 (automatic messages).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import SMTP

from helpdesk_api.mail.addresses import mailbox
from helpdesk_api.mail.errors import MailRefused

LONGEST_SUBJECT = 250
# Right-to-left overrides and the like would let a title show what it does not say.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CONTROL = frozenset(("Cc", "Cs", "Zl", "Zp"))


_HEADERS = HeaderRegistry()
for _name in ("in-reply-to", "references"):
    # As plain text, a long id would be folded into encoded words, in which no mail program looks for one.
    _HEADERS.map_to_type(_name, MessageIDHeader)  # type: ignore[arg-type]  # typeshed knows no mixed-in headers
_POLICY = SMTP.clone(header_factory=_HEADERS)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent to one address."""

    to: str
    subject: str
    text: str
    html: str
    # `ticket-1.event-2@host`, without angle brackets; the same each time this letter is sent.
    message_id: str
    date: datetime
    # The first message of the thread it belongs to; empty for that one itself.
    thread: str = ""
    reply_to: str = ""


def build(letter: Letter, sender: str) -> EmailMessage:
    """The message, byte for byte the same each time. Raises `MailRefused` where an address is none."""
    message = EmailMessage(policy=_POLICY)
    try:
        message["From"] = mailbox(sender)
        message["To"] = mailbox(letter.to)
        if letter.reply_to:
            message["Reply-To"] = mailbox(letter.reply_to)
    except ValueError as error:
        raise MailRefused(f"an address of this message is none; each {error}") from error
    message["Subject"] = one_line(letter.subject)
    message["Date"] = letter.date
    message["Message-ID"] = f"<{letter.message_id}>"
    if letter.thread:
        message["In-Reply-To"] = f"<{letter.thread}>"
        message["References"] = f"<{letter.thread}>"
    message["Auto-Submitted"] = "auto-generated"
    # Exchange's: no absence notes, please.
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    # Quoted-printable never has a bare "=", so that no text can look like the boundary below.
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{hashlib.sha256(letter.message_id.encode()).hexdigest()[:32]}")
    return message


def one_line(text: str) -> str:
    """A text that can stand in a header, or in a line: no line breaks, nothing that controls or passes for encoded."""
    shown = "".join(" " if _is_unfit(character) else character for character in text)
    # An "encoded word" (RFC 2047) in a title would be decoded, line breaks and all.
    line = " ".join(re.sub(r"=(?=\?)", "= ", shown).split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"


def _is_unfit(character: str) -> bool:
    return character in _REORDERING or unicodedata.category(character) in _CONTROL
