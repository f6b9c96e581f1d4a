"""Pages and totals of every list, held against a plain count and OFFSET after random changes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text, update

from factories import Account, make_account, make_department, make_queue
from helpdesk_api.db.paginate import PageOutOfRange
from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import own_tickets, visible_tickets
from helpdesk_api.domain.tickets import index_scans, listing
from helpdesk_api.domain.tickets.commands import SUPPORT, TicketFilter, UploadStatus
from helpdesk_api.domain.tickets.conditions import conditions, values
from helpdesk_api.domain.tickets.ordering import order_by
from helpdesk_api.domain.tickets.repository import BARE, TicketRepository
from helpdesk_api.domain.tickets.totals import known_total
from helpdesk_api.models import FollowUp, Queue, ReaderCount, Subscription, Ticket, TicketBlock, TicketCount
from helpdesk_api.paging import PageRequest

UPLOADS = frozenset(("upload",))
DAY = date(2026, 3, 1)
SIZE = 7
WORDS = ("printer", "network", "needle")


def of(*numbers: int) -> frozenset[int]:
    return frozenset(numbers)


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
        TicketFilter(priorities=of(1, 2)),
        TicketFilter(on_hold=True),
        TicketFilter(on_hold=False),
        TicketFilter(submitter_email="two@example.com"),
        TicketFilter(submitter_email="two@example.com", priorities=of(3), order=("-priority", "created")),
        TicketFilter(search="needle"),
        TicketFilter(search="need prin"),
        TicketFilter(search="?"),
        TicketFilter(search="needle", stages=of(1, 2), on_hold=False, order=("-stage", "status")),
        TicketFilter(search="'", statuses=of(1, 2), upload_statuses=frozenset((UploadStatus.COMPLETED,))),
        TicketFilter(custom_values={"1": "red"}),
        TicketFilter(concerns_id=people[2].id),
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


class Desk:
    """Random tickets of some people, changed at random."""

    def __init__(self, session: Session, people: Sequence[Account], queues: Sequence[Queue], seed: int) -> None:
        self.people, self.queues = people, queues
        self._session = session
        self._choose = random.Random(seed)  # noqa: S311

    async def fill(self, tickets: int) -> None:
        for number in range(tickets):
            values = self._upload() if number % 4 == 0 else self._support()
            moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=self._choose.randrange(12))
            made = insert(Ticket).values(created_at=moment, last_activity_at=moment, **values).returning(Ticket.id)
            ticket_id = await self._session.scalar(made)
            if values["kind"] == "support":
                await self._say(ticket_id, values["description"])
        for ticket_id in await self._some(tickets // 2):
            await self._follow(ticket_id)

    async def change(self, times: int) -> None:
        """Assign, hold, move, close, address anew, follow, follow no longer, upload, delete."""
        columns: dict[str, Any] = {
            "assignee_id": self._person,
            "on_hold": lambda: self._choose.random() < 0.5,
            "queue_id": lambda: self._choose.choice(self.queues).id,
            "status": lambda: self._choose.randint(1, 5),
            "submitter_email": self._address,
        }
        for ticket_id in await self._some(times):
            name = self._choose.choice(list(columns))
            support = (Ticket.id == ticket_id, Ticket.kind == "support")
            await self._session.execute(update(Ticket).where(*support).values({name: columns[name]()}))
            upload = (Ticket.id == ticket_id, Ticket.kind == "upload")
            await self._session.execute(update(Ticket).where(*upload).values(file_count=self._choose.randint(0, 2)))
            if self._choose.random() < 0.3:
                await self._follow(ticket_id)
            if self._choose.random() < 0.2:
                await self._session.execute(delete(Subscription).where(Subscription.ticket_id == ticket_id))
            if self._choose.random() < 0.1:
                await self._session.execute(delete(Ticket).where(Ticket.id == ticket_id))

    def _upload(self) -> dict[str, Any]:
        return {
            "kind": "upload",
            "creator_id": self._choose.choice(self.people).id,
            "file_limit": 2,
            "file_count": self._choose.randint(0, 2),
        }

    def _support(self) -> dict[str, Any]:
        return {
            "kind": "support",
            "creator_id": self._choose.choice(self.people).id,
            "queue_id": self._choose.choice(self.queues).id,
            "title": self._choose.choice(("a", "b", "c")),
            "description": " ".join(self._choose.choices(WORDS, k=2)),
            "submitter_email": self._address(),
            "assignee_id": self._person(),
            "status": self._choose.randint(1, 5),
            "priority": self._choose.randint(1, 5),
            "on_hold": self._choose.random() < 0.2,
            "due_date": self._choose.choice((None, datetime(2026, 4, self._choose.randint(1, 3), tzinfo=UTC))),
            "custom_values": self._choose.choice(({}, {"1": "red"})),
            "reply_count": self._choose.randint(0, 2),
        }

    async def _say(self, ticket_id: Any, description: str) -> None:
        opening = {"ticket_id": ticket_id, "is_opening": True, "title": "", "comment": description, "public": True}
        reply = {"ticket_id": ticket_id, "is_opening": False, "title": "", "public": self._choose.random() < 0.5}
        reply["comment"] = self._choose.choice(WORDS)
        for said in (opening, reply)[: self._choose.randint(1, 2)]:
            await self._session.execute(insert(FollowUp).values(said))

    async def _follow(self, ticket_id: int) -> None:
        user_id = self._choose.choice(self.people).id
        is_support = select(Ticket.id).where(Ticket.id == ticket_id, Ticket.kind == "support")
        if await self._session.scalar(is_support) is not None:
            followed = select(Subscription.id).where(
                Subscription.ticket_id == ticket_id, Subscription.user_id == user_id
            )
            if await self._session.scalar(followed) is None:
                await self._session.execute(insert(Subscription).values(ticket_id=ticket_id, user_id=user_id))

    def _person(self) -> int | None:
        return self._choose.choice((None, *(person.id for person in self.people)))

    def _address(self) -> str:
        return self._choose.choice(("", "two@example.com", "three@example.com", "nobody@example.com"))

    async def _some(self, times: int) -> list[int]:
        ids = list(await self._session.scalars(select(Ticket.id).order_by(Ticket.id)))
        return self._choose.choices(ids, k=times)


@pytest.fixture(params=range(2))
async def desk(session: Session, request: pytest.FixtureRequest) -> Desk:
    first = await make_department(session, "First")
    second = await make_department(session, "Second")
    queues = [
        await make_queue(session, "Same name", first),
        await make_queue(session, "Same name", second, slug="same"),
        await make_queue(session, "Other", second),
    ]
    people = [
        await make_account(session, "one", is_staff=True),
        await make_account(session, "two", email="two@example.com"),
        await make_account(session, "three", email="three@example.com"),
        await make_account(session, "four"),
    ]
    desk = Desk(session, people, queues, request.param)
    await desk.fill(60)
    await desk.change(60)
    return desk


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


async def test_counting_everything_anew_finds_what_was_kept(session: Session, desk: Desk) -> None:
    async def sums() -> list[Any]:
        counts = TicketCount.kind, TicketCount.queue_id, TicketCount.status, TicketCount.stage
        readers = ReaderCount.user_id, ReaderCount.email, ReaderCount.kind
        found: list[Any] = []
        for columns, counted in (
            (counts, (func.sum(TicketCount.tickets),)),
            ((TicketBlock.kind, TicketBlock.block), (func.sum(TicketBlock.tickets),)),
            (readers, (func.sum(ReaderCount.tickets), func.sum(ReaderCount.own))),
        ):
            rows = await session.execute(select(*columns, *counted).group_by(*columns).order_by(*columns))
            found += [tuple(row) for row in rows if any(row[len(columns) :])]
        return found

    kept = await sums()
    await session.execute(text("SELECT recount_tickets(), recount_readers()"))
    assert await sums() == kept


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
