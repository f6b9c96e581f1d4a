"""/flicket-api/priorities/: the three priorities."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter

from helpdesk_api.dialects.flicket.envelope import FlicketPage, flicket_page, path_pages
from helpdesk_api.dialects.flicket.params import FirstPageDep, Id, PathPageDep, member, page_of
from helpdesk_api.dialects.flicket.schemas.priorities import PriorityOut
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.urls import Urls, UrlsDep
from helpdesk_api.domain.tickets.stages import Urgency
from helpdesk_api.paging import PageRequest

router = APIRouter(prefix="/flicket-api", route_class=WireRoute, tags=["Flicket: priorities"])


@router.get("/priority/{priority_id}", operation_id="flicketGetPriority", name="flicket:priority")
async def get_priority(priority_id: Id, _actor: ActorDep, urls: UrlsDep) -> PriorityOut:
    """One priority."""
    return PriorityOut.of(member(Urgency, priority_id), urls)


@router.get("/priorities/", operation_id="flicketListPriorities", name="flicket:priorities")
async def list_priorities(page: FirstPageDep, _actor: ActorDep, urls: UrlsDep) -> FlicketPage[PriorityOut]:
    """Every priority a ticket can have."""
    return _page(page, urls)


@router.get(
    "/priorities/{page}/",
    operation_id="flicketPagePriorities",
    name="flicket:priorities_page",
)
async def page_priorities(page: PathPageDep, _actor: ActorDep, urls: UrlsDep) -> FlicketPage[PriorityOut]:
    """One page of the priorities."""
    return _page(page, urls)


def _page(request: PageRequest, urls: Urls) -> FlicketPage[PriorityOut]:
    found = page_of(list(Urgency), request)
    return flicket_page(found, path_pages(urls, "flicket:priorities_page"), partial(PriorityOut.of, urls=urls))
