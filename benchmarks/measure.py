"""Rounds of load, interleaved over the servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import processes
import wrk
from databases import Filled
from findings import Key, Result
from http_client import NotWorking, ask
from likeness import Likeness, compare
from operations import Operation
from servers import Server

LONGEST_ROUND = 30


@dataclass(frozen=True, slots=True)
class Plan:
    """How often and how long to measure; on how many connections, where that is not the operation's own choice."""

    rounds: int
    seconds: int
    connections: tuple[int, ...] = ()


def look(operation: Operation, servers: Sequence[Server], data: Mapping[int, Filled]) -> Likeness | None:
    """Send one request to each server and compare the answers of ours and the limit.

    Raises `NotWorking` when one is not answered with 2xx.
    """
    answers = {}
    for server in servers:
        one = operation.requests(_ours(servers, server.tickets), data[server.tickets])[0]
        body = b"".join(one.body)
        answers[server] = ask(server.port, one.method, one.path, one.authorization, body, one.content_type).body
    ours = servers[0]
    limit = next((one for one in servers if one.side == "limit" and one.tickets == ours.tickets), None)
    return compare(answers[ours], answers[limit], ours.port, limit.port) if limit else None


def measure(
    operation: Operation, servers: Sequence[Server], data: Mapping[int, Filled], plan: Plan, folder: Path
) -> dict[Key, Result]:
    """Measure one operation on all servers, a round on each in turn. Raises `NotWorking`."""
    connections = plan.connections or operation.connections
    scripts = {}
    for server in servers:
        scripts[server] = folder / f"{server.side}-{server.tickets}.lua"
        requests = operation.requests(_ours(servers, server.tickets), data[server.tickets])
        wrk.write_script(scripts[server], requests)
        sample(server, scripts[server], max(connections), 1)  # what is slow only the first time
    samples: dict[Key, list[Result]] = {}
    for number in range(plan.rounds):
        for count in connections:
            # Every other round the other way round, so that what drifts drifts over both sides.
            for server in servers if number % 2 == 0 else reversed(servers):
                key = (operation.name, server.tickets, count, server.side)
                samples.setdefault(key, []).append(sample(server, scripts[server], count, plan.seconds))
    return {key: Result.median_of(taken) for key, taken in samples.items()}


def sample(server: Server, script: Path, connections: int, seconds: int, *, settle: bool = True) -> Result:
    """One round of load on one server. Raises `NotWorking` when any request is not answered with 2xx.

    Then waits until the server has nothing more to do, which has to be left out where something else keeps it busy.
    """
    workers = server.workers
    for worker in workers:
        processes.forget_peak(worker)
    everybody = processes.family(server.process.pid)
    before = processes.cpu_seconds(everybody)
    figures = wrk.run(script, server.port, connections, seconds)
    while not figures.requests and not figures.broken and seconds < LONGEST_ROUND:
        # Slower than a round is long: that is a figure, too.
        seconds *= 4
        before = processes.cpu_seconds(everybody)
        figures = wrk.run(script, server.port, connections, seconds)
    used = processes.cpu_seconds(everybody) - before
    if figures.refused or figures.broken or not figures.requests:
        raise NotWorking(
            f"{server.side} at {server.tickets} tickets: of {figures.requests} requests {figures.refused} were answered"
            f" with an error and {figures.broken} not at all{server.last_error()}"
        )
    peak = max(processes.peak_mib(worker) for worker in workers)
    if settle:
        processes.wait_until_idle(everybody)
    return Result(figures.rate, figures.p50, figures.p99, used * 1e6 / figures.requests, peak)


def _ours(servers: Sequence[Server], tickets: int) -> Server:
    """The one that knows page numbers and the like."""
    return next(one for one in servers if one.side == "ours" and one.tickets == tickets)
