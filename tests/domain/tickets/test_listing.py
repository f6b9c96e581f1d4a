"""Pages and totals of every list, held against a plain count and OFFSET after random changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text

from factories import Account
from helpdesk_api.db.paginate import PageOutOfRange
from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import own_tickets, visible_tickets
from helpdesk_api.domain.tickets import index_scans, listing, search, shapes
from helpdesk_api.domain.tickets.commands import SUPPORT, TicketFilter, UploadStatus
from helpdesk_api.domain.tickets.conditions import conditions, values
from helpdesk_api.domain.tickets.ordering import order_by
from helpdesk_api.domain.tickets.repository import BARE, TicketRepository
from helpdesk_api.domain.tickets.totals import known_total
from helpdesk_api.models import Queue, Ticket, TicketCount
from helpdesk_api.paging import PageRequest
from random_desk import Desk, random_desk

UPLOADS = frozenset(("upload",))
DAY = date(2026, 3, 1)
SIZE = 7


def of(*numbers: int) -> frozenset[int]:
    return frozenset(numbers)


@pytest.fixture(params=range(2))
async def desk(session: Session, request: pytest.FixtureRequest) -> Desk:
    return await random_desk(session, request.param)


def filters(people: Sequence[Account], queues: Sequence[Queue]) -> list[TicketFilter]:
    """Every filter of every dialect, alone and some together, and every order."""
    some = [
        TicketFilter(),
        TicketFilter(kinds=SUPPORT),
        TicketFilter(kinds=UPLOADS),
        TicketFilter(kinds=frozenset()),
        *(TicketFilter(upload_statuses=frozenset((status,))) for status in UploadStatus),
        TicketFilter(upload_statuses=frozenset((UploadStatus.PENDING, UploadStatus.COMPLETED)), statuses=of(1, 4)),
        TicketFilter(upload_statuses=frozenset(), statuses=of(2)),
        *(TicketFilter(statuses=of(status)) for status in range(1, 6)),
        TicketFilter(kinds=UPLOADS, statuses=of(1)),
        TicketFilter(queue_ids=of(queues[0].id)),
        TicketFilter(queue_ids=of(queues[0].id, queues[2].id)),
        TicketFilter(queue_ids=of(queues[1].id, queues[2].id), statuses=of(1, 2), kinds=SUPPORT),
        TicketFilter(queue_ids=of(queues[1].id), stages=of(1, 2)),
        TicketFilter(queue_ids=of()),
        *(TicketFilter(kinds=SUPPORT, stages=of(stage)) for stage in range(1, 5)),
        TicketFilter(stages=of(1, 3), statuses=of(1)),
        TicketFilter(department="Second"),
        TicketFilter(department="Second", stages=of(2)),
        TicketFilter(department="None such"),
        TicketFilter(queue_title="Same name"),
        TicketFilter(queue_title="Same name", department="First", queue_ids=of(queues[0].id, queues[2].id)),
        TicketFilter(assignee_ids=of(people[1].id)),
        TicketFilter(assignee_ids=of(people[1].id, people[2].id), statuses=of(1, 2, 3)),
        TicketFilter(assignee_ids=of(people[1].id), kinds=SUPPORT, statuses=of(1, 2), priorities=of(2)),
        TicketFilter(assignee_ids=of(people[2].id), end_date=DAY + timedelta(days=6), order=("-id",)),
        TicketFilter(assignee_ids=of(people[2].id), on_hold=True),
        TicketFilter(assignee_ids=of(people[1].id), order=("-last_activity", "title")),
        TicketFilter(assignee_ids=of()),
        TicketFilter(priorities=of(1, 2)),
        TicketFilter(on_hold=True),
        TicketFilter(on_hold=False),
        TicketFilter(submitter_email="two@example.com"),
        TicketFilter(submitter_email="two@example.com", kinds=SUPPORT, order=("-id",)),
        TicketFilter(submitter_email="two@example.com", kinds=UPLOADS),
        TicketFilter(submitter_email="two@example.com", kinds=SUPPORT, order=("due_date", "-priority")),
        TicketFilter(submitter_email="two@example.com", priorities=of(3), order=("-priority", "created")),
        TicketFilter(submitter_email="two@example.com", assignee_ids=of(people[1].id)),
        TicketFilter(submitter_email=""),
        TicketFilter(search="needle"),
        TicketFilter(search="need prin"),
        TicketFilter(search="need prin", order=("-id",)),
        TicketFilter(search="need prin", concerns_id=people[1].id, order=("title",)),
        TicketFilter(search="need ? nowhere"),
        TicketFilter(search="?"),
        TicketFilter(search="needle", stages=of(1, 2), on_hold=False, order=("-stage", "status")),
        TicketFilter(search="'", statuses=of(1, 2), upload_statuses=frozenset((UploadStatus.COMPLETED,))),
        TicketFilter(custom_values={"1": "red"}),
        TicketFilter(concerns_id=people[2].id),
        *(TicketFilter(concerns_id=person.id, kinds=kinds) for person in people for kinds in (SUPPORT, UPLOADS)),
        TicketFilter(concerns_id=people[1].id, kinds=SUPPORT, order=("-id",)),
        TicketFilter(concerns_id=people[1].id, kinds=SUPPORT, order=("-replies",)),
        TicketFilter(concerns_id=people[2].id, kinds=SUPPORT, stages=of(1, 3), order=("-title",)),
        TicketFilter(start_date=DAY, end_date=DAY + timedelta(days=3)),
        TicketFilter(end_date=DAY),
        TicketFilter(start_date=DAY + timedelta(days=9), kinds=SUPPORT, order=("-created",)),
    ]
    words = ("id", "created", "due_date", "priority", "status", "title", "last_activity", "replies", "stage", "creator")
    orders = [word for name in (*words, "assignee") for word in (name, f"-{name}")]
    everything = [
        TicketFilter(kinds=kinds, order=(order,)) for order in orders for kinds in (SUPPORT, SUPPORT | UPLOADS)
    ]
    several = [("-priority", "created"), ("status", "-id"), ("-due_date", "-created")]
    return [*some, *everything, *(TicketFilter(kinds=SUPPORT, order=order) for order in several)]


async def every_id(session: Session, actor: Actor, wanted: TicketFilter) -> list[int]:
    """The whole list, as nobody would read it who is in a hurry."""
    query = select(Ticket.id).where(visible_tickets(actor), *conditions(wanted, actor))
    return list(await session.scalars(query.order_by(*order_by(wanted, actor)), values(wanted)))


async def test_every_list_has_the_pages_and_the_total_of_a_plain_query(session: Session, desk: Desk) -> None:
    repository = TicketRepository(session)
    actors = [person.actor for person in desk.people]
    actors.append(replace(actors[3], reads_every_ticket=True))
    for wanted in filters(desk.people, desk.queues):
        for actor in actors:
            everything = await every_id(session, actor, wanted)
            last = max(1, -(-len(everything) // 7))
            with pytest.raises(PageOutOfRange):
                await repository.page(actor, wanted, PageRequest(last + 1, SIZE), BARE)
            # The first page, the last one by its name and one between the two.
            for number in {1: 1, max(1, last // 2): max(1, last // 2), "last": last}.items():
                page = await repository.page(actor, wanted, PageRequest(number[0], SIZE), BARE)  # type: ignore[arg-type]
                there = (wanted, actor.username, number)
                assert [ticket.id for ticket in page.items] == everything[(number[1] - 1) * SIZE :][:SIZE], there
                assert (page.total, page.number, page.size) == (len(everything), number[1], SIZE), there


@pytest.mark.parametrize("few", [0, 1, 20])
async def test_the_same_is_found_however_many_have_the_rarest_word(
    session: Session, desk: Desk, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(search, "FEW", few)
    monkeypatch.setattr(shapes, "_statements", {})
    for words in ("needle prin", "network needle", "printer needle network", "need needle", "needle nowhere"):
        wanted = TicketFilter(search=words)
        for person in desk.people:
            everything = await every_id(session, person.actor, wanted)
            page = await listing.page_of_ids(session, person.actor, wanted, PageRequest(1, SIZE))
            assert (list(page.items), page.total) == (everything[:SIZE], len(everything))


async def test_everybody_has_the_pages_of_their_own_tickets_that_a_plain_query_has(
    session: Session, desk: Desk
) -> None:
    for person in desk.people:
        query = select(Ticket.id).where(own_tickets(person.actor)).order_by(Ticket.id.desc())
        everything = list(await session.scalars(query))
        for number in range(1, max(1, -(-len(everything) // 4)) + 1):
            page = await TicketRepository(session).page_of_own(person.actor, PageRequest(number, 4))
            assert [ticket.id for ticket in page.items] == everything[(number - 1) * 4 : number * 4]
            assert page.total == len(everything)


async def test_far_inside_a_list_a_page_begins_at_its_block(
    session: Session, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "FAR", 0)
    # Some blocks of tickets, and one without any.
    for start in (2**20, 2**20 + 5 * 2**index_scans.BLOCK_BITS):
        await session.execute(
            text(
                "INSERT INTO tickets (id, kind, creator_id, file_limit)"
                " SELECT n, 'upload', :user, 1 FROM generate_series(:start, :start + 1500) n WHERE n % 3 = 0"
            ),
            {"start": start, "user": desk.people[0].id},
        )
    staff = desk.people[0].actor
    for wanted in (TicketFilter(), TicketFilter(kinds=UPLOADS), TicketFilter(kinds=UPLOADS, order=("-id",))):
        everything = await every_id(session, staff, wanted)
        for number in range(1, -(-len(everything) // 25) + 1):
            page = await listing.page_of_ids(session, staff, wanted, PageRequest(number, 25))
            assert list(page.items) == everything[(number - 1) * 25 : number * 25]


async def test_folding_changes_no_count(session: Session, desk: Desk) -> None:
    async def totals() -> list[int | None]:
        actors = [person.actor for person in desk.people]
        wanted = [TicketFilter(), TicketFilter(kinds=SUPPORT), TicketFilter(kinds=SUPPORT, stages=of(1))]
        return [await known_total(session, actor, one) for actor in actors for one in wanted]

    before = await totals()
    await session.execute(text("SELECT fold_ticket_counts()"))
    folded = (TicketCount.kind, TicketCount.queue_id, TicketCount.status, TicketCount.stage)
    rows = list(await session.execute(select(func.count()).select_from(TicketCount).group_by(*folded)))
    assert (await totals(), {row[0] for row in rows}) == (before, {1})
