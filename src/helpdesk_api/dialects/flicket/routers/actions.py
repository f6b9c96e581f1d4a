"""/flicket-api/actions/: what people did to a ticket."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter

from helpdesk_api.dialects.flicket.envelope import FlicketPage, flicket_page, query_pages
from helpdesk_api.dialects.flicket.params import Id, QueryPageDep
from helpdesk_api.dialects.flicket.schemas.actions import ACTIONS, ActionOut
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import ReadSessionDep
from helpdesk_api.dialects.wire.urls import UrlsDep
from helpdesk_api.domain.history import service as history

router = APIRouter(prefix="/flicket-api", route_class=WireRoute, tags=["Flicket: histories and actions"])


@router.get("/action/{action_id}", operation_id="flicketGetAction", name="flicket:action")
async def get_action(action_id: Id, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep) -> ActionOut:
    """One thing that somebody did to a ticket."""
    event = await history.get_event(session, actor, action_id, ACTIONS)
    return ActionOut.of(event, await history.latest_replies(session, actor, [event]), urls)


@router.get("/actions/{ticket_id}", operation_id="flicketListActions", name="flicket:actions")
async def list_actions(
    ticket_id: Id, page: QueryPageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> FlicketPage[ActionOut]:
    """What people did to a ticket, oldest first; nothing for a ticket that is not there or not yours to see."""
    found = await history.list_events(session, actor, ticket_id, ACTIONS, page)
    latest_posts = await history.latest_replies(session, actor, found.items)
    row = partial(ActionOut.of, latest_posts=latest_posts, urls=urls)
    return flicket_page(found, query_pages(urls, "flicket:actions", ticket_id=ticket_id), row)
