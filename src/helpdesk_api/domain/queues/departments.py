"""Departments: made, renamed, deleted. Staff write; everybody reads."""

from __future__ import annotations

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.policy import require_staff
from helpdesk_api.domain.queues.errors import NAME_TAKEN, DepartmentInUse, DepartmentNotFound
from helpdesk_api.domain.queues.repository import DepartmentRepository
from helpdesk_api.models import Department
from helpdesk_api.paging import Page, PageRequest


async def list_departments(session: Session, _actor: Actor, request: PageRequest) -> Page[Department]:
    """A page of departments by name. Raises `PageOutOfRange`."""
    return await DepartmentRepository(session).page(request)


async def get_department(session: Session, _actor: Actor, department_id: int) -> Department:
    """One department. Raises `DepartmentNotFound`."""
    department = await DepartmentRepository(session).get(department_id)
    if department is None:
        raise DepartmentNotFound
    return department


async def create_department(session: Session, actor: Actor, name: str) -> Department:
    """Make a department. Staff only. Raises `Forbidden`, and `Invalid` (`name`) for a name that is taken."""
    require_staff(actor)
    department = Department(name=name)
    if not await DepartmentRepository(session).add(department):
        raise Invalid(name=[NAME_TAKEN])
    await events.record(session, actor, "department.created", changes={"id": department.id, "name": name})
    return department


async def rename_department(session: Session, actor: Actor, department_id: int, name: str) -> Department:
    """Give a department another name. Staff only.

    Raises `DepartmentNotFound`, `Forbidden`, and `Invalid` (`name`) for a name that is taken.
    """
    require_staff(actor)
    departments = DepartmentRepository(session)
    department = await departments.get(department_id, lock=True)
    if department is None:
        raise DepartmentNotFound
    if name != department.name:
        change = {"from": department.name, "to": name}
        if not await departments.rename(department, name):
            raise Invalid(name=[NAME_TAKEN])
        await events.record(session, actor, "department.updated", changes={"id": department_id, "name": change})
    return department


async def delete_department(session: Session, actor: Actor, department_id: int) -> None:
    """Delete a department without queues. Staff only. Raises `DepartmentNotFound`, `Forbidden`, `DepartmentInUse`."""
    require_staff(actor)
    departments = DepartmentRepository(session)
    department = await departments.get(department_id, lock=True)
    if department is None:
        raise DepartmentNotFound
    if not await departments.remove(department_id):
        raise DepartmentInUse
    about = {"id": department_id, "name": department.name}
    await events.record(session, actor, "department.deleted", changes=about)
