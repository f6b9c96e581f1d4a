"""Queries on queues by their names and departments."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import contains_eager

from helpdesk_api.db.paginate import fetch_page
from helpdesk_api.db.session import Session
from helpdesk_api.domain.queues.commands import QueueFilter
from helpdesk_api.models import Department, Queue
from helpdesk_api.paging import Page, PageRequest

_LABEL = Department.name + " / " + Queue.title


class CatalogueRepository:
    """Queues with their departments; every signed-in user may read them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def page(self, wanted: QueueFilter, request: PageRequest, *, by_department: bool) -> Page[Queue]:
        """A page of queues by title, or by department and title."""
        order = (Department.name, Queue.title) if by_department else (Queue.title,)
        query = select(Queue).join(Queue.department).options(contains_eager(Queue.department))
        return await fetch_page(self._session, query.where(*_conditions(wanted)).order_by(*order, Queue.id), request)


def _conditions(wanted: QueueFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.department_id is not None:
        found.append(Queue.department_id == wanted.department_id)
    if wanted.department is not None:
        found.append(Department.name == wanted.department)
    if wanted.department_in_any_case is not None:
        found.append(func.lower(Department.name) == func.lower(wanted.department_in_any_case))
    if wanted.label is not None:
        found.append(_LABEL.icontains(wanted.label, autoescape=True))
    return found
