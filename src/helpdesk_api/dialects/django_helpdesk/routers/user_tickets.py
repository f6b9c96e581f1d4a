"""/api/user_tickets/: everybody's own support tickets, to read."""

from __future__ import annotations

from fastapi import APIRouter

from helpdesk_api.dialects.django_helpdesk.schemas.user_tickets import UserTicketOut
from helpdesk_api.dialects.drf.envelope import DrfPage, drf_page
from helpdesk_api.dialects.drf.params import Id, PageDep
from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.session import ReadSessionDep
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.custom_fields import service as custom_fields
from helpdesk_api.domain.tickets import desk

router = APIRouter(prefix="/api/user_tickets", route_class=DrfRoute, tags=["Support tickets: one's own"])


@router.get("/", operation_id="listUserTickets", name="drf:user_tickets")
async def list_user_tickets(
    page: PageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> DrfPage[UserTicketOut]:
    """The support tickets you opened, and those with your e-mail address as `submitter_email`; newest first."""
    definitions = await custom_fields.definitions(session)
    found = await desk.list_own_tickets(session, actor, page)
    return drf_page(found, urls, row=lambda ticket: UserTicketOut.of(ticket, definitions))


@router.get("/{ticket_id}/", operation_id="getUserTicket", name="drf:user_ticket")
async def get_user_ticket(ticket_id: Id, actor: ActorDep, session: ReadSessionDep) -> UserTicketOut:
    """One of your own support tickets."""
    definitions = await custom_fields.definitions(session)
    return UserTicketOut.of(await desk.get_own_ticket(session, actor, ticket_id), definitions)
