"""Processes that tell of events are killed, and their database with them: all is told, in the order of each ticket."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from event_stream import consuming
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.users.service import COMMAND_LINE
from outside_postgres import OutsidePostgres, running
from post import until
from suffering import Sufferer

TICKETS = 6
PROGRAM = Path(__file__).parents[1] / "posting_process.py"


@pytest.fixture
def postgres(fault_folder: Path, migrated_cluster: OutsidePostgres) -> Iterator[OutsidePostgres]:
    """A database for one test to kill."""
    server = OutsidePostgres(fault_folder)
    server.copy_from(migrated_cluster)
    with running(server):
        yield server


@pytest.fixture
async def desk(postgres: OutsidePostgres) -> AsyncIterator[Database]:
    """Where the test writes what happens."""
    database = open_database(postgres.url.replace("postgresql:", "postgresql+asyncpg:"), pool_size=TICKETS)
    yield database
    await database.close()


class Posts:
    """Processes that post, which a test kills and replaces."""

    def __init__(self, url: str, folder: Path, count: int) -> None:
        self._command = [sys.executable, str(PROGRAM), url, str(folder / "posted")]
        self._file = folder / "posted"
        self._processes = [self._start() for _ in range(count)]

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, env={"PYTHONPATH": str(PROGRAM.parent), "PATH": "/usr/bin:/bin"})

    def kill_one(self) -> None:
        """Kill -9 the one that has run longest, and put another in its place."""
        oldest = self._processes.pop(0)
        oldest.kill()
        oldest.wait()
        self._processes.append(self._start())

    def end(self) -> None:
        """Kill all."""
        for process in self._processes:
            process.kill()
            process.wait()

    def lanes(self) -> dict[str, list[int]]:
        """The numbers that were posted, by lane, in order."""
        found: dict[str, list[int]] = defaultdict(list)
        for line in self._file.read_text().splitlines() if self._file.exists() else ():
            lane, _, sequence = line.partition(" ")
            found[lane].append(int(sequence))
        return found

    @property
    def posted(self) -> set[int]:
        """Every number that was posted at least once."""
        return {sequence for sequences in self.lanes().values() for sequence in sequences}


@pytest.fixture
def posts(postgres: OutsidePostgres, fault_folder: Path) -> Iterator[Posts]:
    """Two that post."""
    both = Posts(postgres.url, fault_folder, 2)
    yield both
    both.end()


class Happening:
    """Events for each ticket, some of which cannot be stored while the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.stored = 0

    async def go_on(self, ticket_id: int, count: int) -> None:
        """Store so many events of one ticket."""
        for _ in range(count):
            with suppress(DatabaseUnavailable):
                async with unit_of_work(self._database.sessions) as session:
                    await events.record(session, COMMAND_LINE, "ticket.updated", ticket_id=ticket_id)
                self.stored += 1
            await asyncio.sleep(0.05)


def assert_in_order(posts: Posts) -> None:
    """Nothing is posted again once something later of its ticket was."""
    assert {lane: sorted(sequences) for lane, sequences in posts.lanes().items()} == posts.lanes()


async def test_posts_that_are_killed_tell_everything_in_order(
    desk: Database, posts: Posts, record_property: Callable[[str, object], None]
) -> None:
    happening = Happening(desk)
    async with asyncio.TaskGroup() as group:
        for ticket_id in range(1, TICKETS + 1):
            group.create_task(happening.go_on(ticket_id, 120))
        for _ in range(8):
            await asyncio.sleep(1.5)
            await asyncio.to_thread(posts.kill_one)
    await until(lambda: len(posts.posted) == happening.stored, 60)
    assert posts.posted == set(range(1, TICKETS * 120 + 1))
    assert_in_order(posts)
    sent = sum(len(sequences) for sequences in posts.lanes().values())
    record_property("told", len(posts.posted))
    record_property("told twice", sent - len(posts.posted))


@pytest.mark.parametrize("how", ["killed", "stopped", "hanging"])
async def test_a_database_that_comes_back_is_all_that_posts_need(
    desk: Database, posts: Posts, postgres: OutsidePostgres, how: str
) -> None:
    leave, return_ = {
        "killed": (postgres.kill, postgres.start),
        "stopped": (postgres.stop, postgres.start),
        "hanging": (postgres.hang, postgres.go_on),
    }[how]
    happening = Happening(desk)
    async with desk.watched(), asyncio.TaskGroup() as group:
        for ticket_id in range(1, TICKETS + 1):
            group.create_task(happening.go_on(ticket_id, 120))
        for _ in range(2):
            await asyncio.sleep(1.5)
            await asyncio.to_thread(leave)
            await asyncio.sleep(4)
            await asyncio.to_thread(return_)
    # A commit whose answer was lost may have been stored all the same.
    await until(lambda: len(posts.posted) >= happening.stored, 60)
    assert posts.posted == set(range(1, len(posts.posted) + 1))
    assert_in_order(posts)


async def test_a_stream_misses_nothing_while_the_database_is_restarted(sufferer: Sufferer) -> None:
    assert sufferer.postgres is not None
    headers = await sufferer.sign_in()
    async with sufferer.at_work(), consuming(sufferer.url, headers, after=0) as consumer:
        for stop in (sufferer.postgres.kill, sufferer.postgres.stop):
            await asyncio.sleep(1.5)
            await asyncio.to_thread(stop)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(sufferer.postgres.start)
            await sufferer.ready_again()
        await asyncio.sleep(1.5)
        async with httpx.AsyncClient(base_url=sufferer.url, headers=headers, timeout=30) as client:
            made = (await client.post("/api/tickets/", json={"limit": 7})).json()
            await until(lambda: any(event["changes"] == {"limit": 7} for event in consumer.events))
            assert made["limit"] == 7
        # The database went, the connection did not: one stream all the time.
        assert (consumer.connected, consumer.ended) == (1, 0)
    assert consumer.ids == list(range(1, len(consumer.ids) + 1))
