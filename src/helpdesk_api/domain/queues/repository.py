"""Queries on queues and departments; every signed-in user may read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from helpdesk_api.db.constraints import violated_constraint
from helpdesk_api.db.paginate import fetch_page
from helpdesk_api.db.session import Session
from helpdesk_api.models import Department, Queue
from helpdesk_api.paging import Page, PageRequest


class QueueRepository:
    """Queues with their departments."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, queue_id: int, *, lock: bool = False) -> Queue | None:
        """One queue; `lock` keeps others from changing it meanwhile."""
        query = select(Queue).options(joinedload(Queue.department)).where(Queue.id == queue_id)
        if lock:
            query = query.with_for_update(of=Queue)
        return await self._session.scalar(query.execution_options(populate_existing=True))

    async def page(self, request: PageRequest) -> Page[Queue]:
        """A page of queues in ascending id."""
        query = select(Queue).options(joinedload(Queue.department)).order_by(Queue.id)
        return await fetch_page(self._session, query, request)

    async def list_ids(self) -> list[int]:
        """The ids of all queues, in ascending order."""
        return list(await self._session.scalars(select(Queue.id).order_by(Queue.id)))

    async def is_slug_taken(self, slug: str, but_for: int | None = None) -> bool:
        """Whether another queue has this slug."""
        return await self._exists(Queue.slug == slug, Queue.id != (but_for or 0))

    async def is_title_taken(self, title: str, department_id: int, but_for: int | None = None) -> bool:
        """Whether another queue of the department has this title."""
        return await self._exists(
            Queue.title == title, Queue.department_id == department_id, Queue.id != (but_for or 0)
        )

    async def slugs_like(self, beginning: str) -> set[str]:
        """The slugs that begin so."""
        query = select(Queue.slug).where(Queue.slug.startswith(beginning, autoescape=True))
        return set(await self._session.scalars(query))

    async def add(self, queue: Queue) -> str | None:
        """Store a new queue; the name of the constraint that objected, if one did."""
        try:
            async with self._session.begin_nested():
                self._session.add(queue)
        except IntegrityError as error:
            return violated_constraint(error)
        return None

    async def change(self, queue: Queue, values: Mapping[str, Any]) -> str | None:
        """Set these values of a queue; the name of the constraint that objected, if one did."""
        try:
            async with self._session.begin_nested():
                for name, value in values.items():
                    setattr(queue, name, value)
        except IntegrityError as error:
            return violated_constraint(error)
        return None

    async def remove(self, queue_id: int) -> bool:
        """Delete a queue; false when tickets are in it."""
        try:
            async with self._session.begin_nested():
                await self._session.execute(delete(Queue).where(Queue.id == queue_id))
        except IntegrityError:
            return False
        return True

    async def _exists(self, *conditions: ColumnElement[bool]) -> bool:
        return bool(await self._session.scalar(select(exists().where(*conditions))))


class DepartmentRepository:
    """Departments."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, department_id: int, *, lock: bool = False) -> Department | None:
        """One department; `lock` keeps others from changing it meanwhile."""
        query = select(Department).where(Department.id == department_id)
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        return await self._session.scalar(query)

    async def first_id(self) -> int | None:
        """The oldest department there is."""
        return await self._session.scalar(select(Department.id).order_by(Department.id).limit(1))

    async def page(self, request: PageRequest) -> Page[Department]:
        """A page of departments by name."""
        return await fetch_page(self._session, select(Department).order_by(Department.name, Department.id), request)

    async def add(self, department: Department) -> bool:
        """Store a new department; false when the name is taken."""
        try:
            async with self._session.begin_nested():
                self._session.add(department)
        except IntegrityError:
            return False
        return True

    async def rename(self, department: Department, name: str) -> bool:
        """Set the name; false when it is taken."""
        try:
            async with self._session.begin_nested():
                department.name = name
        except IntegrityError:
            return False
        return True

    async def remove(self, department_id: int) -> bool:
        """Delete a department; false when queues are in it."""
        try:
            async with self._session.begin_nested():
                await self._session.execute(delete(Department).where(Department.id == department_id))
        except IntegrityError:
            return False
        return True
