"""/api/queues/: where support tickets wait."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from helpdesk_api.dialects.django_helpdesk.schemas.queues import QueueChangesIn, QueueIn, QueueOut
from helpdesk_api.dialects.drf.body import body_of
from helpdesk_api.dialects.drf.envelope import DrfPage, drf_page
from helpdesk_api.dialects.drf.errors import errors
from helpdesk_api.dialects.drf.params import Id, PageDep
from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.wire.auth import ActorDep, StaffDep
from helpdesk_api.dialects.wire.session import ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.queues import service as queues
from helpdesk_api.models import Queue

router = APIRouter(prefix="/api/queues", route_class=DrfRoute, tags=["Queues"])


async def _staff_first(actor: StaffDep) -> None:
    """403 for plain users comes before the body is looked at."""


async def _existing_queue(queue_id: Id, actor: StaffDep, session: ReadSessionDep) -> Queue:
    """403 and 404 come before the body is looked at."""
    return await queues.get_queue(session, actor, queue_id)


NewQueueBody = Annotated[QueueIn, body_of(QueueIn, after=_staff_first)]
WholeQueueBody = Annotated[QueueIn, body_of(QueueIn, after=_existing_queue)]
ChangesBody = Annotated[QueueChangesIn, body_of(QueueChangesIn, partial=True, after=_existing_queue)]


@router.get("/", operation_id="listQueues", name="drf:queues")
async def list_queues(page: PageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep) -> DrfPage[QueueOut]:
    """Every queue, oldest first."""
    return drf_page(await queues.list_queues(session, actor, page), urls, row=QueueOut.of)


@router.post("/", status_code=201, operation_id="createQueue", name="drf:queues")
async def create_queue(body: NewQueueBody, actor: ActorDep, session: SessionDep) -> QueueOut:
    """Make a queue. Staff only; a title is enough."""
    return QueueOut.of(await queues.create_queue(session, actor, body.to_command()))


@router.get("/{queue_id}/", operation_id="getQueue", name="drf:queue")
async def get_queue(queue_id: Id, actor: ActorDep, session: ReadSessionDep) -> QueueOut:
    """One queue."""
    return QueueOut.of(await queues.get_queue(session, actor, queue_id))


@router.put("/{queue_id}/", operation_id="replaceQueue", name="drf:queue")
async def replace_queue(queue_id: Id, body: WholeQueueBody, actor: ActorDep, session: SessionDep) -> QueueOut:
    """Change a queue; the title must be sent, what else is left out stays. Staff only."""
    return QueueOut.of(await queues.change_queue(session, actor, queue_id, body.to_changes()))


@router.patch("/{queue_id}/", operation_id="changeQueue", name="drf:queue")
async def change_queue(queue_id: Id, body: ChangesBody, actor: ActorDep, session: SessionDep) -> QueueOut:
    """Change a queue. Staff only."""
    return QueueOut.of(await queues.change_queue(session, actor, queue_id, body.to_changes()))


@router.delete("/{queue_id}/", status_code=204, operation_id="deleteQueue", name="drf:queue", responses=errors(409))
async def delete_queue(queue_id: Id, actor: StaffDep, session: SessionDep) -> None:
    """Delete a queue without tickets; deactivate the others with PATCH. Staff only."""
    await queues.delete_queue(session, actor, queue_id)
