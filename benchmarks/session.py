"""One run from the empty database to the last figure."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import databases
import machine
import processes
import uploads
from findings import Findings
from http_client import NotWorking
from measure import Plan, look, measure
from operations import READS, WRITES, Operation
from servers import Server, our_service, the_limit

# What an idle worker still tidies up after its start or its last request is done by then.
_SETTLES_WITHIN = 2.0
START_UP = "start-up"


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for. `only` has parts of the names of the operations to measure; empty for all."""

    quick: bool
    sizes: tuple[int, ...]
    plan: Plan
    workers: int
    only: tuple[str, ...]
    upload_size: int
    database_url: str | None


class Run:
    """One run: what is started for it, and what it finds."""

    def __init__(self, options: Options, folder: Path) -> None:
        self.findings = Findings(options.sizes)
        self._options = options
        self._folder = folder
        self._servers: list[Server] = []
        self._data: dict[int, databases.Filled] = {}
        self._workers = self._pool = 1

    def everything(self) -> list[tuple[str, str]]:
        """Measure it all; returns what it ran on, as names and values."""
        options, alone = self._options, self._folder / "alone"
        with databases.postgres(alone, options.database_url) as server_url, ExitStack() as data:
            about = machine.describe(databases.server_description(server_url), self._folder)
            for tickets in options.sizes:
                say(f"seeding {tickets:,} tickets")
                self._data[tickets] = data.enter_context(databases.filled(server_url, tickets))
                self.findings.seconds_to_seed[tickets] = self._data[tickets].seconds_to_seed
            self._workers, self._pool = databases.share_out(server_url, options.workers, len(options.sizes))
            about.append(("workers", f"{self._workers} on each side, {self._pool} database connections to a pool"))
            with ExitStack() as servers:
                self._start(servers)
                self._measure()
            if options.database_url is None:
                databases.hand_over(server_url, options.sizes[-1])
        if options.database_url is None:
            self._start_repeatedly("with its own PostgreSQL", alone, None)
        return about

    def _start(self, stack: ExitStack) -> None:
        for tickets, data in self._data.items():
            folder = self._folder / str(tickets)
            folder.mkdir()
            for start in (our_service, the_limit):
                server = start(folder, data.url, tickets, self._workers, self._pool)
                self._servers.append(stack.enter_context(server))

    def _measure(self) -> None:
        largest = self._data[self._options.sizes[-1]]
        folder = self._folder / "again"
        folder.mkdir()
        self._start_repeatedly("on a database that runs", folder, largest.url)
        # First, while the workers are as small as they will ever be.
        self._uploads(largest)
        for operation in [*READS, *WRITES]:
            self._operation(operation)
        time.sleep(_SETTLES_WITHIN)
        ours = (server for server in self._servers if server.side == "ours")
        self.findings.idle_mib["after the load"] = max(_idle_mib(server) for server in ours)

    def _operation(self, operation: Operation) -> None:
        if not self._is_wanted(operation.name) or (self._options.quick and not operation.quick):
            return
        sizes = self._options.sizes[-1:] if operation.only_largest else self._options.sizes
        servers = [one for one in self._servers if one.tickets in sizes and (one.side == "ours" or operation.has_limit)]

        def attempt() -> None:
            likeness = look(operation, servers, self._data)
            if likeness:
                self.findings.likeness[operation.name] = likeness
            self.findings.results |= measure(operation, servers, self._data, self._options.plan, self._folder)

        self._attempt(operation.name, attempt)

    def _uploads(self, data: databases.Filled) -> None:
        servers = [server for server in self._servers if server.tickets == data.tickets]
        plan, found = self._options.plan, self.findings

        def small() -> None:
            for side, result in uploads.measure_small(servers, data, plan, self._folder).items():
                found.results[uploads.SMALL, data.tickets, uploads.SENDERS, side] = result

        def big() -> None:
            found.big_upload = uploads.measure_big(servers, data, min(plan.rounds, 3), self._options.upload_size)

        def beside() -> None:
            found.beside_uploads = uploads.measure_beside(servers, data, plan, self._folder)

        self._attempt("big upload", big)
        self._attempt(uploads.SMALL, small)
        self._attempt("GET beside 16 uploads", beside)

    def _start_repeatedly(self, what: str, folder: Path, database_url: str | None) -> None:
        """Start our service some times, and look at its workers before their first request."""
        seconds, idle = [], []

        def attempt() -> None:
            for _ in range(1 if self._options.quick else 3):
                tickets = self._options.sizes[-1]
                with our_service(folder, database_url, tickets, self._workers, self._pool) as server:
                    seconds.append(server.seconds_to_ready)
                    time.sleep(_SETTLES_WITHIN)
                    idle.append(_idle_mib(server))
            self.findings.seconds_to_ready[what] = median(seconds)
            self.findings.idle_mib[f"freshly started {what}"] = median(idle)

        self._attempt(f"{START_UP} {what}", attempt)

    def _attempt(self, name: str, attempt: Callable[[], None]) -> None:
        """Do one thing of the run; what does not work is written down, and the run goes on."""
        if not self._is_wanted(name):
            return
        say(name)
        try:
            attempt()
        except NotWorking as error:
            say(f"  DOES NOT WORK: {error}")
            self.findings.broken.append(f"{name}: {error}")

    def _is_wanted(self, name: str) -> bool:
        return not self._options.only or any(words in name for words in self._options.only)


def _idle_mib(server: Server) -> float:
    """The memory of its largest worker."""
    return max(processes.resident_mib(worker) for worker in server.workers)


def say(line: str) -> None:
    """Progress, on standard error."""
    sys.stderr.write(line + "\n")
