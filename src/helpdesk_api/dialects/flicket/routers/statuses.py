"""/flicket-api/statuses/: the four statuses."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter

from helpdesk_api.dialects.flicket.envelope import FlicketPage, flicket_page, query_pages
from helpdesk_api.dialects.flicket.params import Id, QueryPageDep, member, page_of
from helpdesk_api.dialects.flicket.schemas.statuses import StatusOut
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.tickets.stages import Stage

router = APIRouter(prefix="/flicket-api", route_class=WireRoute, tags=["Flicket: statuses"])


@router.get("/status/{status_id}", operation_id="flicketGetStatus", name="flicket:status")
async def get_status(status_id: Id, _actor: ActorDep, urls: UrlsDep) -> StatusOut:
    """One status."""
    return StatusOut.of(member(Stage, status_id), urls)


@router.get("/statuses/", operation_id="flicketListStatuses", name="flicket:statuses")
async def list_statuses(page: QueryPageDep, _actor: ActorDep, urls: UrlsDep) -> FlicketPage[StatusOut]:
    """Every status a ticket can have."""
    found = page_of(list(Stage), page)
    return flicket_page(found, query_pages(urls, "flicket:statuses"), partial(StatusOut.of, urls=urls))
