"""Messages as they travel: whole, threaded, and not to be forged by what people write."""

from __future__ import annotations

import email
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpdesk_api.mail.errors import MailRefused
from helpdesk_api.mail.messages import LONGEST_SUBJECT, Letter, build, one_line

# The same examples each time, and no clock: a busy machine is slow.
EXAMPLES = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SENDER = "Help desk <desk@example.com>"
LETTER = Letter(
    to="jblogs@example.com",
    subject="[help-12] Printer on fire",
    text="Put out.\n",
    html="<p>Éteint = <b>done</b>.</p>\n",
    message_id="ticket-12.event-34.1764417600@help.example.com",
    date=datetime(2026, 11, 29, 12, tzinfo=UTC),
    thread="ticket-12.1764417600@help.example.com",
    reply_to="printers@example.com",
)
WHOLE = """\
From: Help desk <desk@example.com>
To: jblogs@example.com
Reply-To: printers@example.com
Subject: [help-12] Printer on fire
Date: Sun, 29 Nov 2026 12:00:00 +0000
Message-ID: <ticket-12.event-34.1764417600@help.example.com>
In-Reply-To: <ticket-12.1764417600@help.example.com>
References: <ticket-12.1764417600@help.example.com>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: OOF, AutoReply
MIME-Version: 1.0
Content-Type: multipart/alternative;
 boundary="=_471b5f1bea8350e58a275f0b73aafed1"

--=_471b5f1bea8350e58a275f0b73aafed1
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

Put out.

--=_471b5f1bea8350e58a275f0b73aafed1
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable
MIME-Version: 1.0

<p>=C3=89teint =3D <b>done</b>.</p>

--=_471b5f1bea8350e58a275f0b73aafed1--
"""


def parsed(message: EmailMessage) -> EmailMessage:
    """The message as somebody else reads it."""
    return email.message_from_bytes(message.as_bytes(), policy=default)  # type: ignore[return-value]


def test_a_whole_message_and_the_same_each_time() -> None:
    assert build(LETTER, SENDER).as_bytes().decode().replace("\r\n", "\n") == WHOLE
    assert build(LETTER, SENDER).as_bytes() == build(LETTER, SENDER).as_bytes()


def test_the_first_message_of_a_thread_answers_nothing() -> None:
    message = parsed(build(replace(LETTER, thread="", reply_to=""), SENDER))
    assert {"In-Reply-To", "References", "Reply-To"} & set(message.keys()) == set()


def test_ids_of_long_hosts_stay_in_one_piece() -> None:
    host = f"{'a' * 60}.{'b' * 60}.example.com"
    letter = replace(LETTER, message_id=f"ticket-12.event-34.1764417600@{host}", thread=f"ticket-12.1764417600@{host}")
    lines = build(letter, SENDER).as_bytes().decode().split("\r\n")
    assert f"Message-ID: <ticket-12.event-34.1764417600@{host}>" in lines
    assert f"In-Reply-To: <ticket-12.1764417600@{host}>" in lines
    assert f"References: <ticket-12.1764417600@{host}>" in lines


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("a\r\nBcc: other@example.com", "a Bcc: other@example.com"),
        ("a\n\n<p>body</p>", "a <p>body</p>"),
        ("a\u2028b\u2029c\x85d\x0be\x1cf\x00g\x7fh", "a b c d e f g h"),
        ("=?utf-8?q?x=0d=0aBcc:_other@example.com?=", "= ?utf-8?q?x=0d=0aBcc:_other@example.com?="),
        ("==?utf-8?b?Cg==?= ==??", "== ?utf-8?b?Cg== ?= == ??"),
        ("abc\u202egpj.exe\u2066", "abc gpj.exe"),
        ("  wide\tand   blank  ", "wide and blank"),
        (
            "👩\u200d🔧 مرحبا \u200f\u05e9\u05dc\u05d5\u05dd 日本語",
            "👩\u200d🔧 مرحبا \u200f\u05e9\u05dc\u05d5\u05dd 日本語",
        ),
        ("x" * 300, "x" * (LONGEST_SUBJECT - 1) + "…"),
    ],
)
def test_a_title_is_no_more_than_a_title(title: str, shown: str) -> None:
    message = parsed(build(replace(LETTER, subject=title), SENDER))
    assert message["Subject"] == shown
    assert message.keys() == build(LETTER, SENDER).keys()


@EXAMPLES
@given(st.text(max_size=200))
def test_any_title_arrives_as_it_is_shown(title: str) -> None:
    message = build(replace(LETTER, subject=title), SENDER)
    read = parsed(message)
    assert (read["Subject"], read.keys()) == (one_line(title), message.keys())
    assert max(len(line) for line in message.as_bytes().split(b"\r\n")) < 998


@EXAMPLES
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=500))
def test_any_text_arrives_and_ends_no_part(text: str) -> None:
    boundary = build(LETTER, SENDER).get_boundary()
    message = parsed(build(replace(LETTER, text=f"{text}\n--{boundary}\n\nx\n--{boundary}--\n", html=text), SENDER))
    plain, html = message.iter_parts()
    assert isinstance(plain, EmailMessage)
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert f"--{boundary}--" in plain.get_content()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "jblogs",
        "@example.com",
        "a@",
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com\nb",
        "x@y <a@example.com",
        "a@b..de",
        "a..b@c.de",
        "a@b>, <c@d",
        "a b@c.de",
        "jürgen@c.de",
    ],
)
def test_what_is_no_address_is_not_written_to(address: str) -> None:
    with pytest.raises(MailRefused, match="an address of this message is none"):
        build(replace(LETTER, to=address), SENDER)


def test_a_domain_beyond_ascii_is_written_in_ascii() -> None:
    assert build(replace(LETTER, to="jblogs@exämple.com"), SENDER)["To"] == "jblogs@xn--exmple-cua.com"


def test_a_sender_has_any_name() -> None:
    message = parsed(build(LETTER, 'Assistance "É", à <desk@example.com>'))
    assert message["From"].addresses[0].addr_spec == "desk@example.com"
