"""/flicket-api/tickets and ticket/<id>: support tickets opened, changed and deleted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request

from helpdesk_api.dialects.flicket.body import body_of
from helpdesk_api.dialects.flicket.errors import errors
from helpdesk_api.dialects.flicket.params import Id
from helpdesk_api.dialects.flicket.schemas.tickets import (
    NO_CATEGORY,
    TicketChangesIn,
    TicketIn,
    TicketOut,
    ticket_shape,
)
from helpdesk_api.dialects.wire.answers import Json
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.problem import BadRequest
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import OneStepSessionDep, ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.queues import service as queues
from helpdesk_api.domain.queues.destinations import Destination, destination_of
from helpdesk_api.domain.tickets import opening, support, workflow
from helpdesk_api.domain.tickets import service as tickets

router = APIRouter(prefix="/flicket-api", route_class=WireRoute, tags=["Flicket: tickets"])


NewTicketBody = Annotated[TicketIn, body_of(TicketIn)]


async def existing_ticket(ticket_id: Id, actor: ActorDep, session: ReadSessionDep) -> None:
    """404 comes before the body is looked at, and for upload tickets, which Flicket does not have."""
    await support.get_support_ticket(session, actor, ticket_id, whole=False)


async def _destination(body: NewTicketBody, session: ReadSessionDep) -> Destination:
    found = await destination_of(session, body.category_id, None)
    if found is None:
        raise BadRequest(NO_CATEGORY)
    return found


async def _with_category_if_any(
    body: Annotated[TicketChangesIn, body_of(TicketChangesIn, partial=True, after=existing_ticket)],
    session: ReadSessionDep,
) -> TicketChangesIn:
    if "category_id" in body.model_fields_set and await queues.find_queue(session, body.category_id) is None:
        raise BadRequest(NO_CATEGORY)
    return body


DestinationDep = Annotated[Destination, Depends(_destination)]
ChangesBody = Annotated[TicketChangesIn, Depends(_with_category_if_any)]


@router.post(
    "/tickets",
    status_code=201,
    operation_id="flicketCreateTicket",
    name="flicket:create_ticket",
)
async def create_ticket(
    request: Request,
    body: NewTicketBody,
    destination: DestinationDep,
    actor: ActorDep,
    session: OneStepSessionDep,
    urls: UrlsDep,
) -> Json[TicketOut]:
    """Open a support ticket. Whoever opens it follows it."""
    new = body.to_command()
    opened = await opening.open_ticket(session, actor, service_of(request).files, new, destination=destination)
    ticket = ticket_shape(urls)(opened)
    return Json(ticket, 201, {"Location": ticket["links"]["self"]})


@router.put(
    "/ticket/{ticket_id}",
    operation_id="flicketChangeTicket",
    name="flicket:ticket",
    responses=errors(403),
)
async def change_ticket(
    ticket_id: Id, body: ChangesBody, actor: ActorDep, session: SessionDep, urls: UrlsDep
) -> TicketOut:
    """Change a ticket; what is left out stays. The old content is kept in `histories/`.

    Staff change anything, whoever opened or requested it the text; whoever may close it may set it to Closed.
    """
    changes = body.to_changes()
    changed = await workflow.change(session, actor, ticket_id, changes, stage=body.stage, urgency=body.urgency)
    return ticket_shape(urls)(changed)


@router.delete(
    "/ticket/{ticket_id}",
    status_code=204,
    operation_id="flicketDeleteTicket",
    name="flicket:ticket",
    responses=errors(403),
    dependencies=[Depends(existing_ticket)],
)
async def delete_ticket(request: Request, ticket_id: Id, actor: ActorDep, session: SessionDep) -> None:
    """Delete a ticket with everything that was said on it and its files. Staff only."""
    await tickets.delete_ticket(session, actor, service_of(request).files, ticket_id)
