"""Bytes that no HTTP library sends, and what a real server makes of an error nobody foresaw."""

from __future__ import annotations

import asyncio
import json
import socket

import asyncpg
import httpx
import pytest

from live_service import LiveService, wait_until

ODD = [
    *(b"GET /api/\xff HTTP/1.1", b"GET /api/?x=\xff HTTP/1.1", b"GET /api/%FF%00?%FF=%00 HTTP/1.1", b"GET * HTTP/1.1"),
    *(b"GET /media/../../etc/passwd HTTP/1.1", b"GET /media/%2e%2e/%2e%2e/etc/passwd HTTP/1.1", b"GET  HTTP/1.1"),
    *(b"GET http://evil.example/api/ HTTP/1.1", b"GET //evil.example/api/ HTTP/1.1", b"G\xe4T /api/ HTTP/1.1"),
    *(b"GET /api/ HTTP/9.9", b"\0\0\0", b"GET /" + b"x" * 100_000 + b" HTTP/1.1", b"OPTIONS * HTTP/1.1"),
]
ODD_HEADERS = [
    *(b"Authorization: Basic \xff\xff", b"Authorization: Token \xff", b"Content-Length: -1", b"Content-Length: \xb2"),
    *(b"Content-Length: 5\r\nContent-Length: 6", b"Transfer-Encoding: nonsense", b"Range: bytes=\xff", b": x", b"\xff"),
    *(b"X-Request-ID: \xff\r\nX-Request-ID: y", b"Cookie: " + b"x" * 50_000, b"Accept: \0", b"Host: evil.example"),
]


def exchange(service: LiveService, *lines: bytes) -> bytes:
    """Send lines as they are and read until the server closes; what came back."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as connection:
        connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n")
        received = bytearray()
        try:
            while piece := connection.recv(65_536):
                received += piece
        except ConnectionResetError:
            pass
        return bytes(received)


def test_odd_bytes_are_refused_and_the_service_goes_on(live: LiveService) -> None:
    host = (b"Host: localhost", b"Connection: close")
    answers = {line[:60]: exchange(live, line, *host) for line in ODD}
    answers |= {line[:60]: exchange(live, b"GET /api/files/ HTTP/1.1", *host, line) for line in ODD_HEADERS}
    statuses = {line: answer.split(b" ", 2)[1] for line, answer in answers.items() if answer}
    assert {line: status for line, status in statuses.items() if status[:1] not in (b"2", b"4")} == {}
    assert not any(b"root:" in answer for answer in answers.values())
    assert "Traceback" not in live.log
    assert httpx.get(f"{live.url}/readyz").status_code == 200


@pytest.mark.parametrize("environment", [{"HELPDESK_LOG_FORMAT": "json"}])
def test_an_error_nobody_foresaw_is_logged_and_told_to_nobody(live: LiveService) -> None:
    headers = live.sign_in()

    async def break_a_table() -> None:
        folder = str(live.folder / "var" / "postgres" / "data")
        connection = await asyncpg.connect(host=folder, port=5432, user="postgres", database="helpdesk")
        await connection.execute("ALTER TABLE attachments RENAME TO former_attachments")
        await connection.close()

    asyncio.run(break_a_table())
    answer = httpx.get(f"{live.url}/api/files/", headers=headers | {"X-Request-ID": "the-odd-one"})
    assert (answer.status_code, answer.headers["content-type"], answer.json()) == (
        500,
        "application/json",
        {"detail": "A server error occurred."},
    )
    assert answer.headers["x-request-id"] == "the-odd-one"
    # The server writes it once the answer is on its way.
    wait_until(lambda: '"exception"' in live.log, "nothing was logged", seconds=10)
    logged = [json.loads(line) for line in live.log.splitlines()]
    (error,) = [line for line in logged if line["level"] == "error"]
    assert 'relation "attachments" does not exist' in error["exception"]
    assert error["request_id"] == "the-odd-one"
    # What still works goes on working.
    assert httpx.get(f"{live.url}/api/", headers=headers).status_code == 200
