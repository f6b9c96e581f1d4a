"""/flicket-api/posts/: what is answered to a ticket."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from helpdesk_api.dialects.flicket.body import body_of
from helpdesk_api.dialects.flicket.envelope import FlicketPage, flicket_page, path_pages
from helpdesk_api.dialects.flicket.errors import errors
from helpdesk_api.dialects.flicket.markdown import RenderQuery, rendered
from helpdesk_api.dialects.flicket.params import FirstPageDep, Id, PathPageDep
from helpdesk_api.dialects.flicket.references import check_ticket
from helpdesk_api.dialects.flicket.schemas.posts import PostChangesIn, PostIn, PostOut, RenderedPostOut
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.dialects.wire.urls import Urls, UrlsDep
from helpdesk_api.domain.followups import service as followups
from helpdesk_api.models import FollowUp
from helpdesk_api.paging import Page

router = APIRouter(prefix="/flicket-api", route_class=WireRoute, tags=["Flicket: posts"])


async def _existing_post(post_id: Id, actor: ActorDep, session: ReadSessionDep) -> None:
    """404 comes before the body is looked at, and for follow-ups that are no posts."""
    await followups.get_reply(session, actor, post_id)


async def _to_a_ticket(body: Annotated[PostIn, body_of(PostIn)], actor: ActorDep, session: ReadSessionDep) -> PostIn:
    await check_ticket(session, actor, body.ticket_id)
    return body


NewPostBody = Annotated[PostIn, Depends(_to_a_ticket)]
ChangesBody = Annotated[PostChangesIn, body_of(PostChangesIn, after=_existing_post)]


@router.get(
    "/post/{post_id}",
    operation_id="flicketGetPost",
    name="flicket:post",
    responses={200: {"model": RenderedPostOut, "description": "The post."}},
)
async def get_post(
    post_id: Id, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep, render: RenderQuery = None
) -> PostOut | RenderedPostOut:
    """One post."""
    post = PostOut.of(await followups.get_reply(session, actor, post_id), urls)
    if render is None:
        return post
    return RenderedPostOut(**dict(post), content_html=await rendered(post.content))


@router.get("/posts/{ticket_id}/", operation_id="flicketListPosts", name="flicket:posts")
async def list_posts(
    ticket_id: Id, page: FirstPageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> FlicketPage[PostOut]:
    """A ticket's posts, oldest first; none for a ticket that is not there or not yours to see."""
    return _page(await followups.list_replies(session, actor, ticket_id, page), ticket_id, urls)


@router.get(
    "/posts/{ticket_id}/{page}/",
    operation_id="flicketPagePosts",
    name="flicket:posts_page",
)
async def page_posts(
    ticket_id: Id, page: PathPageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep
) -> FlicketPage[PostOut]:
    """One page of a ticket's posts."""
    return _page(await followups.list_replies(session, actor, ticket_id, page), ticket_id, urls)


def _page(found: Page[FollowUp], ticket_id: int, urls: Urls) -> FlicketPage[PostOut]:
    address = path_pages(urls, "flicket:posts_page", ticket_id=ticket_id)
    return flicket_page(found, address, partial(PostOut.of, urls=urls))


@router.post(
    "/posts",
    status_code=201,
    operation_id="flicketCreatePost",
    name="flicket:create_post",
    responses=errors(404),
)
async def create_post(
    request: Request, response: Response, body: NewPostBody, actor: ActorDep, session: SessionDep, urls: UrlsDep
) -> PostOut:
    """Reply to a ticket. A closed one stays closed. Whoever replies follows the ticket."""
    post = PostOut.of(await followups.reply(session, actor, service_of(request).files, body.to_command()), urls)
    response.headers["Location"] = post.links.self_
    return post


@router.put(
    "/post/{post_id}",
    operation_id="flicketChangePost",
    name="flicket:post",
    responses=errors(403),
)
async def change_post(post_id: Id, body: ChangesBody, actor: ActorDep, session: SessionDep, urls: UrlsDep) -> PostOut:
    """Change a post's content: its author, or staff. The old one is kept in `histories/`."""
    return PostOut.of(await followups.change_followup(session, actor, post_id, body.to_changes()), urls)


@router.delete(
    "/post/{post_id}",
    status_code=204,
    operation_id="flicketDeletePost",
    name="flicket:post",
    responses=errors(403),
    dependencies=[Depends(_existing_post)],
)
async def delete_post(request: Request, post_id: Id, actor: ActorDep, session: SessionDep) -> None:
    """Delete a post with its files: its author, or staff."""
    await followups.delete_followup(session, actor, service_of(request).files, post_id)
