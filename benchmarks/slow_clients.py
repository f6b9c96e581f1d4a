"""What slow clients do to others: `python benchmarks/slow_clients.py [--quick]`; see docs/reliability.md.

One worker, a PostgreSQL of its own. A few clients ask for tickets, one request after another, while so many others
keep connections open and send half a request, or a byte a second. Whoever is cut comes back at once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from http_client import BOUNDARY, HOST, ask, file_form
from servers import our_service

ADMIN = {"username": "admin", "password": "only-for-the-benchmark"}
# Who is slow, and the milliseconds of others' requests without them (before and after) and beside them.
Row = tuple[str, list[float], list[float]]
Slow = Callable[[int, str, int], Coroutine[Any, Any, None]]


def main() -> int:
    """Measure, print a table, and give 1 where some p99 is three times that without slow clients, or more."""
    parser = argparse.ArgumentParser(description="Measure what slow clients do to others.")
    parser.add_argument("--quick", action="store_true", help="a few seconds each: whether everything works")
    parser.add_argument("--slow", type=int, default=500, help="slow clients (default: 500)")
    parser.add_argument("--clients", type=int, default=4, help="clients that are measured (default: 4)")
    given = parser.parse_args()
    seconds = 3 if given.quick else 30
    with (
        tempfile.TemporaryDirectory(prefix="hd-slow-") as folder,
        our_service(Path(folder), None, 0, workers=1, pool=10) as server,
    ):
        rows = asyncio.run(_measure(server.port, given.slow, given.clients, seconds))
    return _report(rows, given.slow)


async def _measure(port: int, slow: int, clients: int, seconds: float) -> list[Row]:
    answer = await asyncio.to_thread(ask, port, "POST", "/api-token-auth/", "", json.dumps(ADMIN).encode())
    token = f"Token {answer.json['token']}"
    made = await asyncio.to_thread(ask, port, "POST", "/api/tickets/", token, b'{"limit": 100}')
    ticket = int(made.json["url"].rstrip("/").rpartition("/")[2])
    await _load(port, token, ticket, clients, min(seconds, 3))
    rows = []
    for name, behave in KINDS.items():
        without = await _load(port, token, ticket, clients, seconds / 2)
        tasks = [asyncio.create_task(_after(seconds * n / slow, behave(port, token, ticket))) for n in range(slow)]
        await asyncio.sleep(seconds)
        beside = await _load(port, token, ticket, clients, seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(1)
        without += await _load(port, token, ticket, clients, seconds / 2)
        rows.append((name, without, beside))
    return rows


async def _after(seconds: float, slow: Coroutine[Any, Any, None]) -> None:
    """One after another, so that they are not cut, and do not come back, all at once."""
    await asyncio.sleep(seconds)
    await slow


async def _load(port: int, token: str, ticket: int, clients: int, seconds: float) -> list[float]:
    """Milliseconds that each request took."""
    until = time.perf_counter() + seconds
    found = await asyncio.gather(*(_client(port, token, ticket, until) for _ in range(clients)))
    return [one for times in found for one in times]


async def _client(port: int, token: str, ticket: int, until: float) -> list[float]:
    reader, writer = await asyncio.open_connection(HOST, port)
    head = f"GET /api/tickets/{ticket}/ HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {token}\r\n\r\n".encode()
    times = []
    while (began := time.perf_counter()) < until:
        writer.write(head)
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(answer.decode())
        length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        times.append((time.perf_counter() - began) * 1000)
    writer.close()
    return times


async def _stall(port: int, begun: bytes, drop: bytes = b"") -> None:
    """Send the beginning of a request, and then nothing, or a byte a second; over again when it is cut."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(begun)
                cut = asyncio.ensure_future(reader.read())
                while not (await asyncio.wait([cut], timeout=1))[0]:
                    writer.write(drop)
                cut.result()
            finally:
                writer.close()


async def _half_a_head(port: int, token: str, _ticket: int) -> None:
    await _stall(port, f"GET /api/tickets/ HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {token}\r\n".encode())


async def _dripping_head(port: int, _token: str, _ticket: int) -> None:
    await _stall(port, f"GET /api/tickets/ HTTP/1.1\r\nHost: {HOST}\r\nX-Drop: ".encode(), b"x")


async def _half_an_upload(port: int, token: str, ticket: int) -> None:
    await _stall(port, _upload(token, ticket))


async def _dripping_upload(port: int, token: str, ticket: int) -> None:
    await _stall(port, _upload(token, ticket), b"x")


def _upload(token: str, ticket: int) -> bytes:
    head = (
        f"POST /api/files/ HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {token}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: 1000000\r\n\r\n"
    )
    return head.encode() + file_form(ticket)[0] + b"x" * 1000


KINDS: dict[str, Slow] = {
    "half a head, and nothing more": _half_a_head,
    "a head, a byte a second": _dripping_head,
    "half an upload, and nothing more": _half_an_upload,
    "an upload, a byte a second": _dripping_upload,
}


def _report(rows: list[Row], slow: int) -> int:
    sys.stdout.write(f"| {slow} clients send | p50 without, ms | beside | p99 without, ms | beside | ratio |\n")
    sys.stdout.write("|---|---|---|---|---|---|\n")
    ratios = []
    for name, *both in rows:
        (p50, p50_beside), (p99, p99_beside) = map(statistics.median, both), map(_p99, both)
        ratios.append(p99_beside / p99)
        sys.stdout.write(
            f"| {name} | {p50:.2f} | {p50_beside:.2f} | {p99:.2f} | {p99_beside:.2f} | {ratios[-1]:.2f} |\n"
        )
    return int(max(ratios) >= 3)


def _p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


if __name__ == "__main__":
    sys.exit(main())
