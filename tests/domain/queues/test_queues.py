"""Queues: their slugs, their departments, and what keeps them from being deleted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import delete, select

from factories import Account, make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.errors import Forbidden, Invalid
from helpdesk_api.domain.queues import departments
from helpdesk_api.domain.queues import service as queues
from helpdesk_api.domain.queues.commands import NewQueue
from helpdesk_api.domain.queues.errors import QueueInUse, QueueNotFound
from helpdesk_api.models import Department, Event, Queue, Ticket
from helpdesk_api.paging import PageRequest

ONE_PAGE = PageRequest(1, 100)


async def make_queue(session: Session, agent: Account, title: str, **values: Any) -> Queue:
    """A queue made by an agent."""
    return await queues.create_queue(session, agent.actor, NewQueue(title, **values))


async def test_a_title_is_enough(session: Session, agent: Account) -> None:
    queue = await make_queue(session, agent, "Ünïcode & Billing")
    seeded = await session.scalar(select(Department).order_by(Department.id))
    assert seeded is not None
    assert (queue.slug, queue.department.name, queue.department_id) == ("unicode-billing", "General", seeded.id)
    assert (queue.default_assignee_id, queue.email_address, queue.is_active) == (None, "", True)


async def test_a_derived_slug_gets_a_number_where_it_is_taken(session: Session, agent: Account) -> None:
    other = await departments.create_department(session, agent.actor, "Other")
    third = await departments.create_department(session, agent.actor, "Third")
    assert [
        (await make_queue(session, agent, "Support", department_id=other.id)).slug,
        (await make_queue(session, agent, "support", department_id=third.id)).slug,
    ] == ["support-2", "support-3"]


async def test_a_derived_slug_is_never_too_long_nor_empty(session: Session, agent: Account) -> None:
    other = await departments.create_department(session, agent.actor, "Other")
    long = "x" * 100
    assert (await make_queue(session, agent, long)).slug == "x" * 50
    assert (await make_queue(session, agent, long, department_id=other.id)).slug == "x" * 48 + "-2"
    assert (await make_queue(session, agent, "🎉 !!")).slug == "queue"


async def test_slugs_are_unique_and_titles_within_their_department(session: Session, agent: Account) -> None:
    with pytest.raises(Invalid) as refused:
        await make_queue(session, agent, "Support", slug="support", department_id=None)
    assert refused.value.fields == {
        "title": ["queue with this title already exists in the department."],
        "slug": ["queue with this slug already exists."],
    }
    other = await departments.create_department(session, agent.actor, "Other")
    assert (await make_queue(session, agent, "Support", department_id=other.id)).department.name == "Other"


async def test_what_a_queue_names_has_to_be_there(session: Session, agent: Account) -> None:
    gone = await make_account(session, "gone", is_active=False)
    with pytest.raises(Invalid) as refused:
        await make_queue(session, agent, "Billing", department_id=999, default_assignee_id=gone.id)
    assert refused.value.fields == {
        "department": ['Invalid pk "999" - object does not exist.'],
        "default_assignee": [f'Invalid pk "{gone.id}" - object does not exist.'],
    }


async def test_without_any_department_one_has_to_be_named(session: Session, agent: Account) -> None:
    await session.execute(delete(Queue))
    await session.execute(delete(Department))
    with pytest.raises(Invalid) as refused:
        await make_queue(session, agent, "Billing")
    assert refused.value.fields == {"department": ["This field is required."]}


async def test_a_new_title_leaves_the_slug_alone(session: Session, agent: Account) -> None:
    queue = await make_queue(session, agent, "Billing")
    other = await departments.create_department(session, agent.actor, "Other")
    changed = await queues.change_queue(
        session, agent.actor, queue.id, {"title": "Invoices", "department_id": other.id, "is_active": False}
    )
    assert (changed.title, changed.slug, changed.department.name, changed.is_active) == (
        "Invoices",
        "billing",
        "Other",
        False,
    )


async def test_a_change_may_not_take_what_another_queue_has(session: Session, agent: Account) -> None:
    queue = await make_queue(session, agent, "Billing")
    with pytest.raises(Invalid) as refused:
        await queues.change_queue(session, agent.actor, queue.id, {"title": "Support", "slug": "support"})
    assert list(refused.value.fields) == ["title", "slug"]
    same = await queues.change_queue(session, agent.actor, queue.id, {"title": "Billing", "slug": "billing"})
    assert same.title == "Billing"


async def test_a_default_assignee_who_was_deactivated_may_stay(session: Session, agent: Account) -> None:
    helper = await make_account(session, "helper", is_staff=True)
    queue = await make_queue(session, agent, "Billing", default_assignee_id=helper.id)
    helper.user.is_active = False
    await session.flush()
    changed = await queues.change_queue(
        session, agent.actor, queue.id, {"default_assignee_id": helper.id, "email_address": "billing@example.com"}
    )
    assert (changed.default_assignee_id, changed.email_address) == (helper.id, "billing@example.com")


async def test_a_queue_with_tickets_is_not_deleted(session: Session, agent: Account) -> None:
    queue = await make_queue(session, agent, "Billing")
    ticket = Ticket(
        kind="support",
        creator_id=agent.id,
        queue_id=queue.id,
        title="A ticket",
        description="",
        submitter_email="",
        status=1,
        priority=3,
    )
    session.add(ticket)
    await session.flush()
    with pytest.raises(QueueInUse):
        await queues.delete_queue(session, agent.actor, queue.id)
    await session.delete(ticket)
    await session.flush()
    await queues.delete_queue(session, agent.actor, queue.id)
    assert await queues.find_queue(session, queue.id) is None
    with pytest.raises(QueueNotFound):
        await queues.delete_queue(session, agent.actor, queue.id)
    with pytest.raises(QueueNotFound):
        await queues.change_queue(session, agent.actor, queue.id, {"title": "X"})


async def test_only_staff_write_and_everybody_reads(session: Session, agent: Account, requester: Account) -> None:
    queue = await make_queue(session, agent, "Billing")
    assert (await queues.get_queue(session, requester.actor, queue.id)).title == "Billing"
    page = await queues.list_queues(session, requester.actor, ONE_PAGE)
    assert [one.title for one in page.items] == ["Support", "Billing"]
    with pytest.raises(Forbidden):
        await queues.create_queue(session, requester.actor, NewQueue("X"))
    with pytest.raises(Forbidden):
        await queues.change_queue(session, requester.actor, queue.id, {"title": "X"})
    with pytest.raises(Forbidden):
        await queues.delete_queue(session, requester.actor, queue.id)


async def test_every_change_is_an_event(session: Session, agent: Account) -> None:
    queue = await make_queue(session, agent, "Billing")
    await queues.change_queue(session, agent.actor, queue.id, {"title": "Invoices"})
    await queues.change_queue(session, agent.actor, queue.id, {"title": "Invoices"})
    await queues.delete_queue(session, agent.actor, queue.id)
    await session.flush()
    found = await session.execute(select(Event.type, Event.actor_id, Event.changes).order_by(Event.id))
    assert list(map(tuple, found)) == [
        ("queue.created", agent.id, {"id": queue.id, "title": "Billing"}),
        ("queue.updated", agent.id, {"id": queue.id, "title": {"from": "Billing", "to": "Invoices"}}),
        ("queue.deleted", agent.id, {"id": queue.id, "title": "Invoices"}),
    ]


async def test_racing_queues_of_one_title_get_slugs_of_their_own(empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        agent = await make_account(session, "agent", is_staff=True)
        places = [await departments.create_department(session, agent.actor, f"Department {n}") for n in range(8)]

    async def race(department: Department) -> str:
        async with unit_of_work(empty_database.sessions) as session:
            return (await make_queue(session, agent, "Billing", department_id=department.id)).slug

    slugs = await asyncio.gather(*[race(department) for department in places])
    assert sorted(slugs) == ["billing", *(f"billing-{number}" for number in range(2, 9))]


async def test_of_racing_queues_of_one_title_in_one_department_one_wins(empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        agent = await make_account(session, "agent", is_staff=True)

    async def race(slug: str) -> Queue:
        async with unit_of_work(empty_database.sessions) as session:
            return await make_queue(session, agent, "Billing", slug=slug)

    outcomes = await asyncio.gather(*[race(f"slug-{number}") for number in range(8)], return_exceptions=True)
    told = [outcome.fields for outcome in outcomes if isinstance(outcome, Invalid)]
    assert told == [{"title": ["queue with this title already exists in the department."]}] * 7


async def test_of_racing_changes_to_one_slug_one_wins(empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        agent = await make_account(session, "agent", is_staff=True)
        made = [await make_queue(session, agent, f"Queue {number}") for number in range(8)]

    async def race(queue: Queue) -> Queue:
        async with unit_of_work(empty_database.sessions) as session:
            return await queues.change_queue(session, agent.actor, queue.id, {"slug": "billing"})

    outcomes = await asyncio.gather(*map(race, made), return_exceptions=True)
    told = [outcome.fields for outcome in outcomes if isinstance(outcome, Invalid)]
    assert told == [{"slug": ["queue with this slug already exists."]}] * 7
