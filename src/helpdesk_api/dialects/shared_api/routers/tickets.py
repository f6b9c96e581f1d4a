"""/api/tickets/: upload tickets and support tickets, each in the shape of its kind."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request

from helpdesk_api.dialects.django_helpdesk.schemas.tickets import (
    SupportTicketChanges,
    SupportTicketIn,
    SupportTicketOut,
    show_support_ticket,
)
from helpdesk_api.dialects.drf.body import body_of
from helpdesk_api.dialects.drf.envelope import DrfPage, drf_page
from helpdesk_api.dialects.drf.errors import errors
from helpdesk_api.dialects.drf.params import Id, PageDep
from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.image_upload.schemas.tickets import UploadTicketChanges, UploadTicketIn, UploadTicketOut
from helpdesk_api.dialects.shared_api.filters import TicketFilterDep
from helpdesk_api.dialects.shared_api.selection import schema_of_changes, schema_of_new_ticket
from helpdesk_api.dialects.shared_api.shapes import AnyTicketOut, shapes
from helpdesk_api.dialects.wire.answers import Json
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.session import OneStepSessionDep, ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.tickets import desk, opening, support, uploads
from helpdesk_api.domain.tickets import service as tickets
from helpdesk_api.models import Ticket

router = APIRouter(prefix="/api/tickets", route_class=DrfRoute, tags=["Tickets"])

CREATED: dict[int | str, dict[str, Any]] = {
    200: {"model": UploadTicketOut, "description": "The upload ticket that was opened."},
    201: {"model": SupportTicketOut, "description": "The support ticket that was opened."},
}


async def _existing_ticket(request: Request, ticket_id: Id, actor: ActorDep, session: ReadSessionDep) -> Ticket:
    """404 and 403 come before the body is looked at."""
    return await desk.get_ticket(session, actor, ticket_id, service_of(request).settings.ticket_kinds)


TicketDep = Annotated[Ticket, Depends(_existing_ticket)]
Changes = UploadTicketChanges | SupportTicketChanges
NewTicketBody = Annotated[
    UploadTicketIn | SupportTicketIn, body_of(SupportTicketIn, UploadTicketIn, choose=schema_of_new_ticket)
]
WholeBody = Annotated[
    Changes, body_of(SupportTicketChanges, UploadTicketChanges, choose=schema_of_changes, after=_existing_ticket)
]
ChangesBody = Annotated[
    Changes,
    body_of(SupportTicketChanges, UploadTicketChanges, choose=schema_of_changes, after=_existing_ticket, partial=True),
]


@router.get("/", operation_id="listTickets", name="drf:tickets")
async def list_tickets(
    wanted: TicketFilterDep, page: PageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> Json[DrfPage[AnyTicketOut]]:
    """The upload tickets you may see, and for staff the support tickets, oldest first.

    Support tickets can also be filtered by the custom fields: `custom_` and the field's name.
    """
    found = await desk.list_tickets(session, actor, wanted, page)
    return Json(drf_page(found, urls, row=await shapes(session, urls, found.items)))


@router.post(
    "/",
    status_code=201,
    operation_id="createTicket",
    name="drf:tickets",
    responses={**CREATED, **errors(403)},
)
async def create_ticket(
    request: Request,
    body: NewTicketBody,
    actor: ActorDep,
    session: OneStepSessionDep,
    urls: UrlsDep,
) -> Json[AnyTicketOut]:
    """Open a ticket: an upload ticket with a limit of files, or a support ticket with a queue and a title.

    A body with a `limit`, and neither `queue` nor `title`, makes an upload ticket; any other is about a support
    ticket. Support tickets are opened by staff. An upload ticket is answered 200, as documented, a support ticket 201.
    """
    if isinstance(body, UploadTicketIn):
        ticket = await uploads.open_upload_ticket(session, actor, body.limit)
        return Json((await shapes(session, urls, [ticket]))(ticket))
    storage = service_of(request).files
    ticket = await opening.open_ticket(session, actor, storage, body.to_command(), body.files(), body.destination)
    return Json(show_support_ticket(ticket, urls, body.definitions), 201)


@router.get("/{ticket_id}/", operation_id="getTicket", name="drf:ticket", responses=errors(403))
async def get_ticket(ticket: TicketDep, session: ReadSessionDep, urls: UrlsDep) -> Json[AnyTicketOut]:
    """One ticket; support tickets for staff."""
    return Json((await shapes(session, urls, [ticket]))(ticket))


@router.put(
    "/{ticket_id}/",
    operation_id="replaceTicket",
    name="drf:ticket",
    responses=errors(403),
)
async def replace_ticket(
    ticket_id: Id, body: WholeBody, actor: ActorDep, session: SessionDep, urls: UrlsDep
) -> AnyTicketOut:
    """Change a ticket; what is required must be sent, what else is left out stays."""
    changed = await _change(session, actor, ticket_id, body)
    return (await shapes(session, urls, [changed]))(changed)


@router.patch(
    "/{ticket_id}/",
    operation_id="changeTicket",
    name="drf:ticket",
    responses=errors(403),
)
async def change_ticket(
    ticket_id: Id, body: ChangesBody, actor: ActorDep, session: SessionDep, urls: UrlsDep
) -> AnyTicketOut:
    """Change a ticket: of an upload ticket its limit, but not below the files it has; of a support ticket anything."""
    changed = await _change(session, actor, ticket_id, body)
    return (await shapes(session, urls, [changed]))(changed)


async def _change(session: SessionDep, actor: Actor, ticket_id: int, body: Changes) -> Ticket:
    if isinstance(body, SupportTicketChanges):
        return await support.change_ticket(session, actor, ticket_id, body.to_changes())
    if "limit" in body.model_fields_set:
        return await uploads.change_limit(session, actor, ticket_id, body.limit)
    return await tickets.get_ticket(session, actor, ticket_id)


@router.delete("/{ticket_id}/", status_code=204, operation_id="deleteTicket", name="drf:ticket", responses=errors(403))
async def delete_ticket(request: Request, ticket: TicketDep, actor: ActorDep, session: SessionDep) -> None:
    """Delete a ticket with everything said on it and its files."""
    await tickets.delete_ticket(session, actor, service_of(request).files, ticket.id)
