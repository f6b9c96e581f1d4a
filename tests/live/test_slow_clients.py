"""Clients that send half a request, or a byte now and then, or do not read: cut, while others are served."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from live_service import LiveService, running_service, wait_until

HALVES = {
    "nothing": b"",
    "half a line": b"GET /api/fi",
    "half a head": b"GET /api/files/ HTTP/1.1\r\nHost: localhost\r\nX-Half",
    "half a head in Flicket's words": b"GET /flicket-api/tickets/ HTTP/1.1\r\nHost: localhost\r\n",
    "half a body": b"POST /api-token-auth/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b'Content-Length: 100\r\n\r\n{"username": ',
    "a body nobody wants": b"POST /api/files/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n12345",
}
WORDS = "The request did not arrive in time."
IMPATIENT = {"HELPDESK_HEADER_TIMEOUT": "1", "HELPDESK_BODY_IDLE_TIMEOUT": "1", "HELPDESK_KEEP_ALIVE_TIMEOUT": "2"}


@pytest.fixture(scope="module")
def impatient() -> Iterator[LiveService]:
    """A service that waits a second for what is missing; the tests do it no harm."""
    with tempfile.TemporaryDirectory(prefix="hd-") as name, running_service(Path(name), IMPATIENT) as service:
        yield service


@pytest.fixture(scope="module")
def narrow() -> Iterator[LiveService]:
    """A service that takes small heads only."""
    variables = {"HELPDESK_MAX_HEADER_SIZE": "4096"}
    with tempfile.TemporaryDirectory(prefix="hd-") as name, running_service(Path(name), variables) as service:
        yield service


@pytest.fixture
def sockets() -> Iterator[ExitStack]:
    """Closes what a test opened."""
    with ExitStack() as stack:
        yield stack


def connect(live: LiveService, sockets: ExitStack, sent: bytes = b"") -> socket.socket:
    """A connection on which these bytes were sent."""
    connection = sockets.enter_context(socket.create_connection(("127.0.0.1", live.port), timeout=60))
    connection.sendall(sent)
    return connection


def received(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    found = bytearray()
    try:
        while piece := connection.recv(65_536):
            found += piece
    except ConnectionResetError:
        pass
    return bytes(found)


def answer(connection: socket.socket) -> tuple[str, str]:
    """Status and body of the one answer on a connection; empty where it was just closed."""
    head, _, body = received(connection).partition(b"\r\n\r\n")
    return head.partition(b"\r\n")[0].decode(), body.decode()


def test_half_requests_are_cut_and_others_are_served_meanwhile(impatient: LiveService, sockets: ExitStack) -> None:
    headers = impatient.sign_in()
    halves = {name: [connect(impatient, sockets, sent) for _ in range(25)] for name, sent in HALVES.items()}
    for _ in range(10):
        assert httpx.get(f"{impatient.url}/api/files/", headers=headers).status_code == 200
    answers = {name: {answer(connection) for connection in connections} for name, connections in halves.items()}
    slow = "HTTP/1.1 408 Request Timeout"
    assert answers == {
        "nothing": {("", "")},
        "half a line": {(slow, f'{{"detail":"{WORDS}"}}')},
        "half a head": {(slow, f'{{"detail":"{WORDS}"}}')},
        "half a head in Flicket's words": {(slow, f'{{"error":"Request Timeout","message":"{WORDS}"}}')},
        "half a body": {(slow, f'{{"detail":"{WORDS}"}}')},
        "a body nobody wants": {
            ("HTTP/1.1 401 Unauthorized", '{"detail":"Authentication credentials were not provided."}')
        },
    }
    assert "Traceback" not in impatient.log


def takes_more(connection: socket.socket) -> bool:
    """Send a byte; whether the other end is still there to take it."""
    try:
        connection.sendall(b"x")
        connection.setblocking(False)
        answered = connection.recv(65_536)
    except BlockingIOError:
        return True
    except ConnectionError:
        return False
    # A refusal goes before the end.
    return bool(answered)


def test_a_byte_now_and_then_keeps_no_connection_open(impatient: LiveService, sockets: ExitStack) -> None:
    begun = {
        name: connect(impatient, sockets, HALVES[name])
        for name in ("half a head", "half a body", "a body nobody wants")
    }
    open_still = dict(begun)

    def all_are_closed() -> bool:
        for name, connection in list(open_still.items()):
            if not takes_more(connection):
                del open_still[name]
        return not open_still

    wait_until(all_are_closed, "a connection stays open", seconds=60)


def test_a_connection_that_asks_for_nothing_more_is_closed(impatient: LiveService, sockets: ExitStack) -> None:
    whole = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    connection = connect(impatient, sockets, whole)
    # Whole requests may follow each other, and a piece at a time is quick enough.
    for piece in (whole[:10], whole[10:30], whole[30:]):
        connection.sendall(piece)
    assert received(connection).count(b"HTTP/1.1 200 OK") == 2


LARGE_HEADS = {
    "large": (b"/api/", b"X-Large: " + b"x" * 4100),
    "large, in Flicket's words": (b"/flicket-api/", b"X-Large: " + b"x" * 4100),
    "very large": (b"/api/", b"X-Large: " + b"x" * 400_000),
    "many": (b"/api/", b"\r\n".join(b"X-%d: y" % number for number in range(101))),
    "a long address": (b"/api/?" + b"x" * 4100, b"X-Small: y"),
}


def test_a_head_that_is_too_large_is_refused(narrow: LiveService, sockets: ExitStack) -> None:
    answers = {}
    for name, (path, field) in LARGE_HEADS.items():
        head = b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n" + field + b"\r\n\r\n"
        answers[name] = answer(connect(narrow, sockets, head))
    status = "HTTP/1.1 431 Request Header Fields Too Large"
    words = "The request's head is larger than 4096 bytes, or has more than 100 fields."
    flicket = f'{{"error":"Request Header Fields Too Large","message":"{words}"}}'
    assert answers == {
        name: (status, flicket if "Flicket" in name else f'{{"detail":"{words}"}}') for name in LARGE_HEADS
    }
    assert httpx.get(f"{narrow.url}/api/?x={'x' * 3000}").status_code == 200


def test_a_head_without_an_end_is_refused_before_its_time_is_over(narrow: LiveService, sockets: ExitStack) -> None:
    connection = connect(narrow, sockets, b"GET /api/ HTTP/1.1\r\nHost: localhost\r\nX-Endless: ")

    def is_refused() -> bool:
        try:
            connection.sendall(b"x" * 65_536)
        except ConnectionError:
            return True
        return False

    wait_until(is_refused, "it takes all", seconds=15)
    assert httpx.get(f"{narrow.url}/healthz").status_code == 200


def test_who_does_not_read_the_answer_is_cut(impatient: LiveService, sockets: ExitStack) -> None:
    headers = impatient.sign_in()
    ticket = (
        httpx.post(f"{impatient.url}/api/tickets/", headers=headers, json={"limit": 1}).json()["url"].split("/")[-2]
    )
    sent = httpx.post(
        f"{impatient.url}/api/files/",
        headers=headers,
        data={"ticket": ticket},
        files={"file": ("a.zip", bytes(64 * 2**20))},
    )
    assert sent.status_code == 200
    lines = f"GET /media/upload/admin/a.zip HTTP/1.1\r\nHost: localhost\r\nAuthorization: {headers['Authorization']}"
    connection = connect(impatient, sockets, lines.encode() + b"\r\n\r\n")
    wait_until(lambda: "a.zip" in impatient.log, "the server goes on waiting", seconds=60)
    assert len(received(connection)) < 64 * 2**20
    whole = httpx.get(f"{impatient.url}/media/upload/admin/a.zip", headers=headers)
    assert len(whole.content) == 64 * 2**20
