"""Departments."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.domain.errors import Forbidden, Invalid
from helpdesk_api.domain.queues import departments
from helpdesk_api.domain.queues import service as queues
from helpdesk_api.domain.queues.commands import NewQueue
from helpdesk_api.domain.queues.errors import DepartmentInUse, DepartmentNotFound
from helpdesk_api.models import Event
from helpdesk_api.paging import PageRequest

TAKEN = {"name": ["department with this name already exists."]}


async def test_departments_stand_by_name(session: Session, agent: Account, requester: Account) -> None:
    for name in ("Zoo", "Accounts"):
        await departments.create_department(session, agent.actor, name)
    page = await departments.list_departments(session, requester.actor, PageRequest(1, 100))
    assert [department.name for department in page.items] == ["Accounts", "General", "Zoo"]


async def test_a_name_is_taken_once(session: Session, agent: Account) -> None:
    department = await departments.create_department(session, agent.actor, "Accounts")
    with pytest.raises(Invalid) as refused:
        await departments.create_department(session, agent.actor, "Accounts")
    assert refused.value.fields == TAKEN
    with pytest.raises(Invalid) as refused:
        await departments.rename_department(session, agent.actor, department.id, "General")
    assert refused.value.fields == TAKEN


async def test_a_department_with_queues_is_not_deleted(session: Session, agent: Account) -> None:
    department = await departments.create_department(session, agent.actor, "Accounts")
    queue = await queues.create_queue(session, agent.actor, NewQueue("Billing", department_id=department.id))
    with pytest.raises(DepartmentInUse):
        await departments.delete_department(session, agent.actor, department.id)
    await queues.delete_queue(session, agent.actor, queue.id)
    await departments.delete_department(session, agent.actor, department.id)
    for change in (
        departments.get_department(session, agent.actor, department.id),
        departments.delete_department(session, agent.actor, department.id),
        departments.rename_department(session, agent.actor, department.id, "X"),
    ):
        with pytest.raises(DepartmentNotFound):
            await change


async def test_only_staff_write(session: Session, agent: Account, requester: Account) -> None:
    department = await departments.create_department(session, agent.actor, "Accounts")
    assert (await departments.get_department(session, requester.actor, department.id)).name == "Accounts"
    for change in (
        departments.create_department(session, requester.actor, "X"),
        departments.rename_department(session, requester.actor, department.id, "X"),
        departments.delete_department(session, requester.actor, department.id),
    ):
        with pytest.raises(Forbidden):
            await change


async def test_every_change_is_an_event(session: Session, agent: Account) -> None:
    department = await departments.create_department(session, agent.actor, "Accounts")
    await departments.rename_department(session, agent.actor, department.id, "Finance")
    await departments.rename_department(session, agent.actor, department.id, "Finance")
    await departments.delete_department(session, agent.actor, department.id)
    await session.flush()
    found = await session.execute(select(Event.type, Event.changes).order_by(Event.id))
    assert list(map(tuple, found)) == [
        ("department.created", {"id": department.id, "name": "Accounts"}),
        ("department.updated", {"id": department.id, "name": {"from": "Accounts", "to": "Finance"}}),
        ("department.deleted", {"id": department.id, "name": "Finance"}),
    ]
