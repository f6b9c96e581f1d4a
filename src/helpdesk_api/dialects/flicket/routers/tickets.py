"""/flicket-api/tickets/: support tickets, read and exported."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import StreamingResponse

from helpdesk_api.dialects.flicket.csv_rows import csv_of
from helpdesk_api.dialects.flicket.envelope import FlicketPage, flicket_page, path_pages
from helpdesk_api.dialects.flicket.filters import TicketQuery, TicketQueryDep
from helpdesk_api.dialects.flicket.markdown import RenderQuery, rendered
from helpdesk_api.dialects.flicket.params import FirstPageDep, Id, PathPageDep
from helpdesk_api.dialects.flicket.schemas.tickets import RenderedTicketOut, TicketOut, ticket_shape
from helpdesk_api.dialects.wire.answers import Json
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import ReadSessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.dialects.wire.urls import Urls, UrlsDep
from helpdesk_api.domain.tickets import export
from helpdesk_api.domain.tickets import service as tickets
from helpdesk_api.domain.tickets.support import get_support_ticket
from helpdesk_api.models import Ticket
from helpdesk_api.paging import Page

router = APIRouter(prefix="/flicket-api", route_class=WireRoute, tags=["Flicket: tickets"])

CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "A header and a row a ticket."}
}


@router.get(
    "/ticket/{ticket_id}",
    operation_id="flicketGetTicket",
    name="flicket:ticket",
    responses={200: {"model": RenderedTicketOut, "description": "The ticket."}},
)
async def get_ticket(
    ticket_id: Id, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep, render: RenderQuery = None
) -> TicketOut | RenderedTicketOut:
    """One support ticket; what was answered to it is in `posts/<ticket_id>/`."""
    ticket = ticket_shape(urls)(await get_support_ticket(session, actor, ticket_id, whole=False))
    if render is None:
        return ticket
    return {**ticket, "content_html": await rendered(ticket["content"])}


@router.get("/tickets/", operation_id="flicketListTickets", name="flicket:tickets")
async def list_tickets(
    query: TicketQueryDep, page: FirstPageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> Json[FlicketPage[TicketOut]]:
    """The support tickets you may see, oldest first unless `sort` says otherwise."""
    return Json(_page(await tickets.list_support_tickets(session, actor, query.wanted, page), query, urls))


@router.get(
    "/tickets/{page}/",
    operation_id="flicketPageTickets",
    name="flicket:tickets_page",
)
async def page_tickets(
    query: TicketQueryDep, page: PathPageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> Json[FlicketPage[TicketOut]]:
    """One page of the support tickets you may see."""
    return Json(_page(await tickets.list_support_tickets(session, actor, query.wanted, page), query, urls))


def _page(found: Page[Ticket], query: TicketQuery, urls: Urls) -> FlicketPage[TicketOut]:
    address = path_pages(urls, "flicket:tickets_page", query.used)
    return flicket_page(found, address, ticket_shape(urls))


@router.get(
    "/tickets.csv",
    operation_id="flicketExportTickets",
    name="flicket:tickets_csv",
    response_class=StreamingResponse,
    responses=CSV,
)
async def export_tickets(
    request: Request, query: TicketQueryDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> StreamingResponse:
    """The same tickets as CSV, at most HELPDESK_CSV_DUMP_LIMIT of them."""
    service = service_of(request)
    ticket_ids = await export.ids_for_export(session, actor, query.wanted, service.settings.csv_dump_limit)
    return StreamingResponse(
        csv_of(service, actor, ticket_ids, urls),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="tickets.csv"', "Cache-Control": "private, no-cache"},
    )
