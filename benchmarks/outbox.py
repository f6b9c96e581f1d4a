"""What events cost: how fast they are numbered, how fast deliveries are sent, and what both cost whoever opens tickets.

    .venv/bin/python benchmarks/outbox.py

On a PostgreSQL of its own in a temporary folder, with everything in this process but the database and, for the last
figure, one `helpdesk-api worker`.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import select, text

from helpdesk_api.background.draining import Drain
from helpdesk_api.db.embedded import EmbeddedPostgres
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.db.migrations import upgrade_to_head
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.outbox.commands import DueDelivery, NewDelivery, Outcome, Planner, Sent
from helpdesk_api.domain.outbox.sequencing import number_events
from helpdesk_api.domain.tickets.hot_writes import NewEvent, open_ticket
from helpdesk_api.models import Event, Queue, User

EVENTS = 50_000
DELIVERIES = 20_000
TICKETS = 1500
AT_ONCE = 8
ROUNDS = 5


class Nowhere:
    """A channel whose deliveries have arrived at once."""

    name = "nowhere"
    lease_seconds = 10.0

    async def send(self, delivery: DueDelivery) -> Outcome:
        """Do nothing."""
        return Sent()


async def one_each(session: Session, numbered: Sequence[Event]) -> list[NewDelivery]:
    """A delivery for each event, in the lane of its ticket."""
    return [
        NewDelivery("nowhere", f"nowhere:{event.ticket_id}", {"type": event.type}, event.id, event.sequence)
        for event in numbered
    ]


async def happen(database: Database, count: int) -> None:
    async with unit_of_work(database.sessions) as session:
        rows = (
            "INSERT INTO events (type, ticket_id) SELECT 'ticket.updated', n % 5000 FROM generate_series(1, :count) n"
        )
        await session.execute(text(rows), {"count": count})


async def numbering(database: Database, planners: Sequence[Planner], count: int) -> float:
    """Events a second."""
    await happen(database, count)
    began = time.perf_counter()
    numbered = 0
    while numbered < count:
        async with unit_of_work(database.sessions) as session:
            numbered += await number_events(session, planners)
    return count / (time.perf_counter() - began)


async def draining(database: Database) -> float:
    """Deliveries a second, by one process."""
    async with unit_of_work(database.sessions) as session:
        await session.execute(text("ANALYZE deliveries"))
    drain = Drain(database, Nowhere())
    began = time.perf_counter()
    while await pending(database, drain):
        await drain.step()
        await asyncio.sleep(0)
    await drain.finish(10)
    return DELIVERIES / (time.perf_counter() - began)


async def pending(database: Database, drain: Drain) -> bool:
    if drain._sending or drain._ended:
        return True
    async with database.read_sessions() as session:
        return bool(await session.scalar(text("SELECT true FROM deliveries WHERE state = 'pending' LIMIT 1")))


async def creating(database: Database) -> float:
    """Tickets a second."""
    async with database.read_sessions() as session:
        user = await session.scalar(select(User.id).limit(1))
        queue = await session.scalar(select(Queue.id).limit(1))
    values: dict[str, Any] = {
        "creator_id": user, "queue_id": queue, "title": "Printer on fire", "description": "It burns.",
        "submitter_email": "", "assignee_id": None, "priority": 3, "due_date": None, "custom_values": {},
    }  # fmt: skip

    async def some() -> None:
        for _ in range(TICKETS // AT_ONCE):
            async with unit_of_work(database.one_step_sessions) as session:
                told = [NewEvent("ticket.created", None, {"title": "Printer on fire"}, tells_of_opening=True)]
                await open_ticket(
                    session, values=values, opening_title="Ticket Opened", events=told, request_id=None, counts=False
                )

    began = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return TICKETS / (time.perf_counter() - began)


@contextmanager
def worker(url: str, folder: Path):  # type: ignore[no-untyped-def]
    program = Path(sys.executable).with_name("helpdesk-api")
    environment = {**os.environ, "HELPDESK_DATABASE_URL": url, "HELPDESK_DATA_DIR": str(folder)}
    process = subprocess.Popen([program, "worker"], env=environment, stdout=subprocess.PIPE)  # noqa: S603
    assert process.stdout is not None  # noqa: S101
    process.stdout.readline()
    try:
        yield
    finally:
        process.terminate()
        process.wait()


async def measure(url: str, folder: Path) -> None:
    database = open_database(url)
    await upgrade_to_head(database.engine)
    async with unit_of_work(database.sessions) as session:
        session.add(User(username="agent", password_hash="!"))  # noqa: S106  (no password has it)
    say(f"numbered          {await numbering(database, [], EVENTS):8.0f} events/s")
    say(f"numbered, planned {await numbering(database, [one_each], DELIVERIES):8.0f} events/s")
    say(f"sent              {await draining(database):8.0f} deliveries/s")
    silent = open_database(url)
    assert silent.announcer is not None  # noqa: S101
    silent.announcer.announce = _nothing  # type: ignore[method-assign]
    rates: dict[str, list[float]] = {"nothing": [], "announced": [], "announced and numbered": []}
    await creating(silent)
    for _ in range(ROUNDS):
        rates["nothing"].append(await creating(silent))
        rates["announced"].append(await creating(database))
        with worker(url, folder):
            rates["announced and numbered"].append(await creating(database))
    for name, found in rates.items():
        say(f"tickets opened, {name:22} {statistics.median(found):6.0f}/s ({min(found):.0f} to {max(found):.0f})")
    await silent.close()
    await database.close()


async def _nothing() -> None:
    pass


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="hd-") as name, EmbeddedPostgres(Path(name)) as server:
        uvloop.run(measure(server.url, Path(name)))
