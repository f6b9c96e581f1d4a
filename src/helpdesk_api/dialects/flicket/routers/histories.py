"""/flicket-api/histories/: texts as they were before somebody edited them."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter

from helpdesk_api.dialects.flicket.envelope import FlicketPage, flicket_page, path_pages
from helpdesk_api.dialects.flicket.params import FirstPageDep, Id, NumberFilter, PathPageDep
from helpdesk_api.dialects.flicket.schemas.histories import HistoryOut
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import ReadSessionDep
from helpdesk_api.dialects.wire.urls import Urls, UrlsDep
from helpdesk_api.domain.history import service as history
from helpdesk_api.models import Revision
from helpdesk_api.paging import Page

router = APIRouter(prefix="/flicket-api", route_class=WireRoute, tags=["Flicket: histories and actions"])


@router.get("/history/{history_id}", operation_id="flicketGetHistory", name="flicket:history")
async def get_history(history_id: Id, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep) -> HistoryOut:
    """One text as it was before an edit."""
    return HistoryOut.of(await history.get_revision(session, actor, history_id), urls)


@router.get("/histories/", operation_id="flicketListHistories", name="flicket:histories")
async def list_histories(
    page: FirstPageDep,
    actor: ActorDep,
    session: ReadSessionDep,
    urls: UrlsDep,
    topic_id: NumberFilter = None,
    post_id: NumberFilter = None,
) -> FlicketPage[HistoryOut]:
    """The old texts of a ticket itself, of a post, or of everything you may see; in the order of the edits."""
    found = await history.list_revisions(session, actor, ticket_id=topic_id, followup_id=post_id, request=page)
    return _page(found, topic_id, post_id, urls)


@router.get(
    "/histories/{page}/",
    operation_id="flicketPageHistories",
    name="flicket:histories_page",
)
async def page_histories(
    page: PathPageDep,
    actor: ActorDep,
    session: ReadSessionDep,
    urls: UrlsDep,
    topic_id: NumberFilter = None,
    post_id: NumberFilter = None,
) -> FlicketPage[HistoryOut]:
    """One page of the old texts."""
    found = await history.list_revisions(session, actor, ticket_id=topic_id, followup_id=post_id, request=page)
    return _page(found, topic_id, post_id, urls)


def _page(found: Page[Revision], topic_id: int | None, post_id: int | None, urls: Urls) -> FlicketPage[HistoryOut]:
    address = path_pages(urls, "flicket:histories_page", {"topic_id": topic_id, "post_id": post_id})
    return flicket_page(found, address, partial(HistoryOut.of, urls=urls))
