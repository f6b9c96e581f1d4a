"""A small HTTP client: one request at a time for looking and preparing, and big uploads without a copy in memory."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

HOST = "127.0.0.1"
PATIENCE = 120.0
BOUNDARY = "benchmark-0123456789"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
_PIECE = bytes(1024**2)


class NotWorking(Exception):
    """A request was answered with something else than 2xx, or not at all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of 2xx."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)


def ask(
    port: int, method: str, path: str, authorization: str, body: bytes = b"", content_type: str = "application/json"
) -> Answer:
    """Send one request. Raises `NotWorking`."""
    headers = {"Authorization": authorization} | ({"Content-Type": content_type} if body else {})
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        connection.request(method, path, body or None, headers)
        return _answer(f"{method} {path}", connection.getresponse())
    except (OSError, http.client.HTTPException) as error:
        raise NotWorking(f"{method} {path}: {error!r}") from error
    finally:
        connection.close()


def upload(
    port: int, path: str, authorization: str, ticket: int, size: int, sent: Callable[[int], None] | None = None
) -> tuple[float, Answer]:
    """Send a file of so many zero bytes to an upload ticket; the seconds it took. Raises `NotWorking`.

    `sent` is told of each piece how many bytes it had.
    """
    before, after = file_form(ticket)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nAuthorization: {authorization}\r\n"
        f"Content-Type: {MULTIPART}\r\nContent-Length: {len(before) + size + len(after)}\r\n\r\n"
    )
    began = time.perf_counter()
    try:
        with socket.create_connection((HOST, port), timeout=PATIENCE) as connection:
            connection.sendall(head.encode() + before)
            left = memoryview(_PIECE)
            for start in range(0, size, len(left)):
                connection.sendall(left[: size - start])
                if sent is not None:
                    sent(min(len(left), size - start))
            connection.sendall(after)
            response = http.client.HTTPResponse(connection, method="POST")
            response.begin()
            answer = _answer(f"POST {path} of {size} bytes", response)
    except (OSError, http.client.HTTPException) as error:
        raise NotWorking(f"POST {path} of {size} bytes: {error!r}") from error
    return time.perf_counter() - began, answer


def file_form(ticket: int) -> tuple[bytes, bytes]:
    """What comes before and after the file's bytes in a multipart body."""
    before = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="ticket"\r\n\r\n{ticket}\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="benchmark.zip"\r\n'
        "Content-Type: application/zip\r\n\r\n"
    )
    return before.encode(), f"\r\n--{BOUNDARY}--\r\n".encode()


def _answer(what: str, response: http.client.HTTPResponse) -> Answer:
    body = response.read()
    if not 200 <= response.status < 300:
        raise NotWorking(f"{what}: {response.status} {body[:200].decode(errors='replace')}")
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)
