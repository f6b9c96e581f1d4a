"""/api/tickets/: upload tickets and support tickets, each in the shape of its kind."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request

from helpdesk_api.dialects.drf.body import body_of
from helpdesk_api.dialects.drf.envelope import DrfPage, drf_page
from helpdesk_api.dialects.drf.errors import errors
from helpdesk_api.dialects.drf.params import Id, PageDep
from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.image_upload.schemas.tickets import UploadTicketChanges, UploadTicketIn, UploadTicketOut
from helpdesk_api.dialects.shared_api.selection import TicketFilterDep
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.session import ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.tickets import service as tickets
from helpdesk_api.domain.tickets import uploads

router = APIRouter(prefix="/api/tickets", route_class=DrfRoute, tags=["Tickets"])


async def _existing_ticket(ticket_id: Id, actor: ActorDep, session: ReadSessionDep) -> None:
    """404 comes before the body is looked at."""
    await tickets.get_ticket(session, actor, ticket_id)


NewTicketBody = Annotated[UploadTicketIn, body_of(UploadTicketIn)]
ChangesBody = Annotated[UploadTicketChanges, body_of(UploadTicketChanges, partial=True, after=_existing_ticket)]


@router.get("/", operation_id="listTickets", name="drf:tickets", responses=errors(400, 401, 404))
async def list_tickets(
    wanted: TicketFilterDep, page: PageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> DrfPage[UploadTicketOut]:
    """The tickets you may see, oldest first."""
    found = await tickets.list_tickets(session, actor, wanted, page)
    return drf_page(found, urls, row=lambda ticket: UploadTicketOut.of(ticket, urls))


@router.post("/", operation_id="createTicket", name="drf:tickets", responses=errors(400, 401, 413, 415))
async def create_ticket(body: NewTicketBody, actor: ActorDep, session: SessionDep, urls: UrlsDep) -> UploadTicketOut:
    """Open a ticket that waits for files. The document answers 200 to this, not 201."""
    return UploadTicketOut.of(await uploads.open_upload_ticket(session, actor, body.limit), urls)


@router.get("/{ticket_id}/", operation_id="getTicket", name="drf:ticket", responses=errors(401, 404))
async def get_ticket(ticket_id: Id, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep) -> UploadTicketOut:
    """One ticket."""
    return UploadTicketOut.of(await tickets.get_ticket(session, actor, ticket_id), urls)


@router.patch(
    "/{ticket_id}/", operation_id="changeTicket", name="drf:ticket", responses=errors(400, 401, 404, 413, 415)
)
async def change_ticket(
    ticket_id: Id, body: ChangesBody, actor: ActorDep, session: SessionDep, urls: UrlsDep
) -> UploadTicketOut:
    """Change how many files a ticket waits for, but not below those it has."""
    if "limit" not in body.model_fields_set:
        return UploadTicketOut.of(await tickets.get_ticket(session, actor, ticket_id), urls)
    return UploadTicketOut.of(await uploads.change_limit(session, actor, ticket_id, body.limit), urls)


@router.delete(
    "/{ticket_id}/", status_code=204, operation_id="deleteTicket", name="drf:ticket", responses=errors(401, 403, 404)
)
async def delete_ticket(request: Request, ticket_id: Id, actor: ActorDep, session: SessionDep) -> None:
    """Delete a ticket with its files."""
    await tickets.delete_ticket(session, actor, service_of(request).files, ticket_id)
