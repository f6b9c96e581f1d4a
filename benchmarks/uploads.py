"""Uploads: many small ones, a big one, and what 16 at once do to everybody else."""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from functools import partial
from pathlib import Path
from statistics import median

import processes
import wrk
from databases import Filled
from findings import BigUpload, Disturbed, Result
from http_client import MULTIPART, NotWorking, ask, file_form, upload
from measure import Plan, sample
from operations import ONE
from servers import Server

MIB = 1024**2
SENDERS = 16
PLACES = 10_000
SMALL = "1 MiB upload"
FILES = "/api/files/"
# Large enough to be under way all the time, small enough to end with the round.
_BESIDE_SIZE = 32 * MIB


def measure_small(servers: Sequence[Server], data: Filled, plan: Plan, folder: Path) -> dict[str, Result]:
    """Uploads of 1 MiB each, by 16 users; the figures of each side."""
    ours = _ours(servers)
    taken: dict[str, list[Result]] = {server.side: [] for server in servers}
    script = folder / "uploads.lua"
    for _ in range(plan.rounds):
        for server in servers:
            with _tickets(ours, data) as tickets:
                wrk.write_script(script, [_small(data, ticket, token) for ticket, token in tickets])
                taken[server.side].append(sample(server, script, SENDERS, plan.seconds))
    return {side: Result.median_of(samples) for side, samples in taken.items()}


def measure_big(servers: Sequence[Server], data: Filled, rounds: int, size: int) -> BigUpload:
    """One upload of `size` bytes at a time, on our service and on the sink."""
    ours = _ours(servers)
    rates: dict[str, list[float]] = {server.side: [] for server in servers}
    growths = []
    for _ in range(rounds):
        for server in servers:
            with _tickets(ours, data) as tickets:
                ticket, token = tickets[0]
                # A small one first, for what every process allocates once.
                upload(server.port, _path(server), token, ticket, MIB)
                before = _settle(server)
                seconds, _ = upload(server.port, _path(server), token, ticket, size)
                rates[server.side].append(size / 1e6 / seconds)
                if server is ours:
                    growths.append(max(processes.peak_mib(pid) - rss for pid, rss in before.items()))
    return BigUpload(size, median(rates["ours"]), median(rates["limit"]), max(growths))


def measure_beside(servers: Sequence[Server], data: Filled, plan: Plan, folder: Path) -> dict[str, Disturbed]:
    """GETs of one ticket on 16 connections, first alone and then beside 16 uploads; medians of the rounds."""
    ours = _ours(servers)
    script = folder / "beside.lua"
    wrk.write_script(script, ONE.requests(ours, data))
    samples: dict[str, list[Disturbed]] = {server.side: [] for server in servers}
    for server in servers:
        # What is slow only the first time.
        _disturb(ours, server, data, script, 1)
    for _ in range(plan.rounds):
        for server in servers:
            samples[server.side].append(_disturb(ours, server, data, script, plan.seconds))
    return {side: Disturbed(*map(median, zip(*map(astuple, taken), strict=True))) for side, taken in samples.items()}


def _disturb(ours: Server, server: Server, data: Filled, script: Path, seconds: int) -> Disturbed:
    quiet = sample(server, script, SENDERS, seconds).p99
    with _tickets(ours, data) as tickets, _uploading(server, tickets) as sent:
        before, began = sent.total(), time.perf_counter()
        # Nobody is idle as long as there are uploads.
        busy = sample(server, script, SENDERS, seconds, settle=False).p99
        uploaded = (sent.total() - before) / 1e6 / (time.perf_counter() - began)
    processes.wait_until_idle(server.workers)
    return Disturbed(quiet, busy, uploaded)


def _ours(servers: Sequence[Server]) -> Server:
    return next(server for server in servers if server.side == "ours")


def _path(server: Server) -> str:
    return FILES if server.side == "ours" else "/sink"


def _small(data: Filled, ticket: int, token: str) -> wrk.Request:
    return wrk.Request("POST", FILES, token, file_form(ticket), MIB, MULTIPART)


def _settle(server: Server) -> dict[int, float]:
    """What each worker holds now; their peaks begin anew."""
    for worker in server.workers:
        processes.forget_peak(worker)
    return {worker: processes.resident_mib(worker) for worker in server.workers}


@contextmanager
def _tickets(ours: Server, data: Filled) -> Iterator[list[tuple[int, str]]]:
    """An upload ticket of each of 16 users, with the user's credentials; gone afterwards with its files."""
    made = []
    for secret in data.tokens[:SENDERS]:
        token = f"Token {secret}"
        answer = ask(ours.port, "POST", "/api/tickets/", token, b'{"limit": %d}' % PLACES).json
        made.append((int(answer["url"].rstrip("/").rpartition("/")[2]), token))
    try:
        yield made
    finally:
        for ticket, token in made:
            ask(ours.port, "DELETE", f"/api/tickets/{ticket}/", token)
        # What the limit has kept.
        for sink in ours.log.parent.glob("sink"):
            shutil.rmtree(sink)
            sink.mkdir()


@contextmanager
def _uploading(server: Server, tickets: Sequence[tuple[int, str]]) -> Iterator[Counter[int]]:
    """Uploads by each of the users, one after the other, for as long as the block; gives the bytes sent, by ticket.

    Raises `NotWorking`.
    """
    stop = threading.Event()
    sent = Counter({ticket: 0 for ticket, _ in tickets})
    failures: list[NotWorking] = []

    def count(ticket: int, size: int) -> None:
        sent[ticket] += size

    def send(ticket: int, token: str) -> None:
        try:
            while not stop.is_set():
                upload(server.port, _path(server), token, ticket, _BESIDE_SIZE, partial(count, ticket))
        except NotWorking as error:
            failures.append(error)

    threads = [threading.Thread(target=send, args=one) for one in tickets]
    for thread in threads:
        thread.start()
    try:
        yield sent
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
