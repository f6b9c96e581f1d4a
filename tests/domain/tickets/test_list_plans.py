"""What PostgreSQL reads for the pages of lists, by EXPLAIN: never more than the page has, and one row."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from conftest import PATIENCE, made_database, on_server
from factories import Account, make_account
from helpdesk_api.db.engine import open_database
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.db.statements import Statement
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.tickets.commands import SUPPORT, TicketFilter, UploadStatus
from helpdesk_api.domain.tickets.repository import BARE, WHOLE, TicketRepository
from helpdesk_api.models import Queue
from helpdesk_api.paging import PageRequest

TICKETS = 20_000
SIZE = 25
UPLOADS = frozenset(("upload",))
# What grows with the help desk. The counts do not: they are folded.
LARGE = {"tickets", "followups", "attachments", "subscriptions"}
FILL = """
    INSERT INTO tickets (kind, creator_id, queue_id, title, description, submitter_email, status, priority, assignee_id,
                         on_hold, file_limit, file_count, created_at)
    SELECT CASE WHEN upload THEN 'upload' ELSE 'support' END,
           CASE WHEN n % 2 = 0 THEN CAST(:plain AS bigint) ELSE CAST(:staff AS bigint) END,
           CASE WHEN NOT upload THEN CAST(:queue AS bigint) END,
           CASE WHEN NOT upload THEN 'common' END,
           CASE WHEN upload THEN NULL WHEN n % 200 = 1 THEN 'rare' ELSE '' END,
           CASE WHEN NOT upload THEN 'plain@example.com' END,
           CASE WHEN NOT upload THEN n / 7 % 5 + 1 END, CASE WHEN NOT upload THEN n / 3 % 5 + 1 END,
           CASE WHEN NOT upload AND n % 4 = 0 THEN CAST(:plain AS bigint) END,
           NOT upload AND n % 9 = 0, CASE WHEN upload THEN 2 END, CASE WHEN upload THEN n / 10 % 3 ELSE 0 END,
           now() - make_interval(mins => n)
    FROM (SELECT n, n % 5 = 0 AS upload FROM generate_series(1, CAST(:tickets AS integer)) n) numbers
"""
FOLLOW = "INSERT INTO subscriptions (ticket_id, user_id) SELECT id, creator_id FROM tickets WHERE kind = 'support'"


@dataclass
class Reads:
    """Rows that the statements of some code took from tables and indexes, by table."""

    rows: dict[str, list[int]]
    sorts: list[str]
    # What was looked for in indexes that are read as a whole first.
    searches: list[str]
    # How often a large table itself was read, or an index that is not enough.
    visits: int = 0


@contextmanager
def explained(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reads]:
    """Explain each `Statement`, as it runs, with the values it runs with."""
    reads = Reads({}, [], [])
    plain = Statement.all

    async def also_explained(statement: Statement, session: Session, **parameters: Any) -> Any:
        given = Statement.__new__(Statement)
        given.__dict__ = {**statement.__dict__, "sql": f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}"}
        ((answer,),) = await plain(given, session, **parameters)
        plan = json.loads(answer) if isinstance(answer, str) else answer
        for node in nodes(plan[0]["Plan"]):
            if node.get("Relation Name") in LARGE:
                loops = node["Actual Loops"]
                removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
                reads.rows.setdefault(node["Relation Name"], []).append((node["Actual Rows"] + removed) * loops)
                reads.visits += node["Node Type"] != "Index Only Scan" or node["Heap Fetches"] > 0
            if node["Node Type"] == "Bitmap Index Scan" and node["Actual Loops"]:
                reads.searches.append(node["Index Cond"])
            if node["Node Type"] == "Sort":
                reads.sorts.append(statement.sql)
        return await plain(statement, session, **parameters)

    monkeypatch.setattr(Statement, "all", also_explained)
    yield reads
    monkeypatch.setattr(Statement, "all", plain)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


@dataclass(frozen=True)
class Desk:
    """A database of its own, with its session, two people and a queue."""

    session: Session
    staff: Account
    plain: Account
    queue: Queue


@pytest.fixture(scope="module")
async def desk(server_url: str, worker_suffix: str, template: str) -> AsyncIterator[Desk]:
    """Thousands of tickets, committed and vacuumed: plans for a handful, or for what is not there yet, say nothing."""
    async with made_database(server_url, f"helpdesk_test_plans_{worker_suffix}", template) as url:
        database = open_database(url, pool_size=2, connect_timeout=PATIENCE)
        async with unit_of_work(database.sessions) as session:
            staff = await make_account(session, "staff", is_staff=True)
            plain = await make_account(session, "plain", email="plain@example.com")
            queue = await session.get_one(Queue, await session.scalar(text("SELECT min(id) FROM queues")))
            values = {"staff": staff.id, "plain": plain.id, "queue": queue.id, "tickets": TICKETS}
            await session.execute(text(FILL), values)
            await session.execute(text(FOLLOW))
        # Rows of a commit that is not on disk yet, or whose neighbours are not, are uncertain, and their pages not
        # visible to all: until then indexes are not read alone.
        await on_server(url, "SET synchronous_commit = on", "CHECKPOINT", "VACUUM (ANALYZE)")
        async with database.read_sessions() as session:
            yield Desk(session, staff, plain, queue)
        await database.close()


Wanted = Callable[[Queue], TicketFilter]
LISTS: dict[str, tuple[Wanted, Any]] = {
    "DRF, both kinds": (lambda _: TicketFilter(), WHOLE),
    "DRF, support tickets": (lambda _: TicketFilter(kinds=SUPPORT), WHOLE),
    "DRF, upload tickets": (lambda _: TicketFilter(kinds=UPLOADS), WHOLE),
    "DRF, newest first": (lambda _: TicketFilter(kinds=SUPPORT, order=("-id",)), WHOLE),
    "DRF, a status": (lambda _: TicketFilter(kinds=SUPPORT, statuses=frozenset((1,))), WHOLE),
    "DRF, statuses": (lambda _: TicketFilter(statuses=frozenset((1, 3))), WHOLE),
    "DRF, a status of uploads": (lambda _: TicketFilter(upload_statuses=frozenset((UploadStatus.PENDING,))), WHOLE),
    "DRF, a queue": (lambda queue: TicketFilter(queue_ids=frozenset((queue.id,))), WHOLE),
    "Flicket": (lambda _: TicketFilter(kinds=SUPPORT), BARE),
    "Flicket, a status": (lambda _: TicketFilter(kinds=SUPPORT, stages=frozenset((3,))), BARE),
    "Flicket, a category": (lambda queue: TicketFilter(kinds=SUPPORT, queue_title=queue.title), BARE),
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("place", [1, "last"])
async def test_no_page_at_either_end_reads_more_tickets_than_it_has(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str, place: Any
) -> None:
    wanted, load = LISTS[name]
    with explained(monkeypatch) as reads:
        page = await TicketRepository(desk.session).page(
            desk.staff.actor, wanted(desk.queue), PageRequest(place, SIZE), load
        )
    assert page.total > 100 * len(page.items) / SIZE
    # The ids from an index, and their tickets.
    assert max(reads.rows["tickets"]) <= len(page.items) + 1
    assert sum(reads.rows["tickets"]) <= 2 * len(page.items) + 2
    # Nor does anything that is read grow with the help desk.
    assert sum(sum(rows) for rows in reads.rows.values()) <= 4 * len(page.items) + 8


OWN: dict[str, tuple[frozenset[str], int]] = {"upload tickets": (UPLOADS, 1), "support tickets": (SUPPORT, 4)}


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("place", [1, "last"])
async def test_no_page_of_a_plain_user_reads_more_of_any_index_than_it_has(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str, place: Any
) -> None:
    kinds, ways = OWN[name]
    with explained(monkeypatch) as reads:
        page = await listed(desk.session, desk.plain.actor, kinds, place)
    assert page.total > 20 * len(page.items)
    # A ticket is found by each way of seeing it (opened, requested, assigned, followed).
    assert max(rows for table in reads.rows.values() for rows in table) <= len(page.items) + 1
    assert len(reads.rows["tickets"]) + len(reads.rows.get("subscriptions", ())) == ways + 1
    assert reads.sorts == []


async def listed(session: Session, actor: Actor, kinds: frozenset[str], place: Any) -> Any:
    return await TicketRepository(session).page(actor, TicketFilter(kinds=kinds), PageRequest(place, SIZE), BARE)


async def test_a_page_in_the_middle_reads_no_more_than_a_block_before_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with explained(monkeypatch) as reads:
        page = await listed(desk.session, desk.staff.actor, SUPPORT, TICKETS // SIZE // 2 - 20)
    assert len(page.items) == SIZE
    assert max(reads.rows["tickets"]) <= 1024 + SIZE


# How many index entries are counted for the total: none where the database keeps count.
PERSONS: dict[str, tuple[Callable[[Desk], TicketFilter], float]] = {
    "requester": (lambda _: TicketFilter(submitter_email="plain@example.com"), 0),
    "requester, newest first": (lambda _: TicketFilter(submitter_email="plain@example.com", order=("-id",)), 0),
    "assignee": (lambda desk: TicketFilter(assignee_ids=frozenset((desk.plain.id,))), TICKETS / 5),
    "assignee and status": (
        lambda desk: TicketFilter(assignee_ids=frozenset((desk.plain.id,)), statuses=frozenset((1, 3))),
        TICKETS / 5,
    ),
    "opener or assignee": (lambda desk: TicketFilter(kinds=SUPPORT, concerns_id=desk.plain.id), TICKETS / 5),
}


@pytest.mark.parametrize("name", PERSONS)
@pytest.mark.parametrize("place", [1, "last"])
async def test_one_persons_tickets_are_read_from_an_index_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str, place: Any
) -> None:
    wanted, counted = PERSONS[name]
    with explained(monkeypatch) as reads:
        page = await TicketRepository(desk.session).page(desk.staff.actor, wanted(desk), PageRequest(place, SIZE), BARE)
    assert page.total > 100 * len(page.items) / SIZE
    # The rows of the page itself, by their ids.
    assert reads.visits == 1
    assert reads.sorts == []
    assert sum(reads.rows["tickets"]) <= counted + 7 * SIZE


async def test_of_two_words_the_rarer_one_is_looked_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with explained(monkeypatch) as reads:
        page = await TicketRepository(desk.session).page(
            desk.staff.actor, TicketFilter(search="common rar"), PageRequest(1, SIZE), BARE
        )
    assert page.total == TICKETS / 200
    assert not [words for words in reads.searches if "common" in words]
    assert max(reads.rows["tickets"]) == page.total
