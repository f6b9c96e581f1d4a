"""Queues by their names and departments, for whoever looks for one."""

from __future__ import annotations

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.queues.catalogue_repository import CatalogueRepository
from helpdesk_api.domain.queues.commands import QueueFilter
from helpdesk_api.models import Queue
from helpdesk_api.paging import Page, PageRequest


async def queues_by_title(session: Session, _actor: Actor, wanted: QueueFilter, request: PageRequest) -> Page[Queue]:
    """A page of queues by title, whatever their department. Raises `PageOutOfRange`."""
    return await CatalogueRepository(session).page(wanted, request, by_department=False)


async def queues_by_department(
    session: Session, _actor: Actor, wanted: QueueFilter, request: PageRequest
) -> Page[Queue]:
    """A page of queues by department, and by title within it. Raises `PageOutOfRange`."""
    return await CatalogueRepository(session).page(wanted, request, by_department=True)
