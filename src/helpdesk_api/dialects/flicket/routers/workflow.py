"""/flicket-api/ticket/<id>/...: what the manual's pages let people do with a ticket."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from helpdesk_api.dialects.flicket.body import body_of
from helpdesk_api.dialects.flicket.errors import errors
from helpdesk_api.dialects.flicket.params import Id
from helpdesk_api.dialects.flicket.routers.ticket_changes import existing_ticket
from helpdesk_api.dialects.flicket.schemas.tickets import AssignIn, CloseIn, TicketOut, ticket_shape
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import SessionDep
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.tickets import workflow

router = APIRouter(prefix="/flicket-api/ticket/{ticket_id}", route_class=WireRoute, tags=["Flicket: tickets"])

AssignBody = Annotated[AssignIn, body_of(AssignIn, after=existing_ticket)]
CloseBody = Annotated[CloseIn, body_of(CloseIn, after=existing_ticket)]


@router.post("/claim", operation_id="flicketClaimTicket", name="flicket:claim_ticket", responses=errors(403, 409))
async def claim_ticket(ticket_id: Id, actor: ActorDep, session: SessionDep, urls: UrlsDep) -> TicketOut:
    """Take an open ticket that nobody works on. Staff only; 409 when it is closed or somebody else's."""
    return ticket_shape(urls)(await workflow.claim(session, actor, ticket_id))


@router.post(
    "/release",
    operation_id="flicketReleaseTicket",
    name="flicket:release_ticket",
    responses=errors(403, 409),
)
async def release_ticket(ticket_id: Id, actor: ActorDep, session: SessionDep, urls: UrlsDep) -> TicketOut:
    """Give a ticket back. Its assignee, or an admin; 409 when nobody has it or it is closed."""
    return ticket_shape(urls)(await workflow.release(session, actor, ticket_id))


@router.post(
    "/assign",
    operation_id="flicketAssignTicket",
    name="flicket:assign_ticket",
    responses=errors(403),
)
async def assign_ticket(
    ticket_id: Id, body: AssignBody, actor: ActorDep, session: SessionDep, urls: UrlsDep
) -> TicketOut:
    """Give an open ticket to somebody, who follows it from then on. Staff only; 409 when it is closed."""
    return ticket_shape(urls)(await workflow.assign(session, actor, ticket_id, body.user_id))


@router.post(
    "/close",
    operation_id="flicketCloseTicket",
    name="flicket:close_ticket",
    responses=errors(403),
)
async def close_ticket(
    ticket_id: Id, body: CloseBody, actor: ActorDep, session: SessionDep, urls: UrlsDep
) -> TicketOut:
    """Close a ticket, with a last word or without. Staff, its assignee, and whoever opened or requested it."""
    return ticket_shape(urls)(await workflow.close(session, actor, ticket_id, body.content or ""))


@router.post("/reopen", operation_id="flicketReopenTicket", name="flicket:reopen_ticket", responses=errors(403, 409))
async def reopen_ticket(ticket_id: Id, actor: ActorDep, session: SessionDep, urls: UrlsDep) -> TicketOut:
    """Open a closed ticket again. Whoever may close it."""
    return ticket_shape(urls)(await workflow.reopen(session, actor, ticket_id))
