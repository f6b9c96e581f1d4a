"""/flicket-api/users/: who there is."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request

from helpdesk_api.db.session import Session
from helpdesk_api.dialects.flicket.body import body_of
from helpdesk_api.dialects.flicket.envelope import FlicketPage, flicket_page, query_pages
from helpdesk_api.dialects.flicket.errors import errors
from helpdesk_api.dialects.flicket.forms import FileInForm, UploadForm, form_of
from helpdesk_api.dialects.flicket.params import Id, QueryPageDep, TextFilter
from helpdesk_api.dialects.flicket.schemas.users import UserChangesIn, UserOut
from helpdesk_api.dialects.wire.auth import ActorDep
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.session import ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.dialects.wire.urls import Urls, UrlsDep
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.followups import service as followups
from helpdesk_api.domain.users import avatars
from helpdesk_api.domain.users import service as users
from helpdesk_api.domain.users.pictures import PICTURES
from helpdesk_api.models import User

router = APIRouter(prefix="/flicket-api", route_class=WireRoute, tags=["Flicket: users"])


class AvatarIn(BaseModel):
    """A picture: PNG, JPEG, GIF or WebP, at most 5 MiB."""

    avatar: FileInForm


async def _existing_user(user_id: Id, actor: ActorDep, session: ReadSessionDep) -> None:
    """404 comes before the body is looked at."""
    await users.get_user(session, actor, user_id)


ChangesBody = Annotated[UserChangesIn, body_of(UserChangesIn, partial=True, after=_existing_user)]
AvatarForm = Annotated[
    UploadForm,
    form_of(
        AvatarIn,
        ("avatar", "file"),
        extensions=PICTURES,
        max_file_size=avatars.LARGEST,
        max_files=1,
        after=_existing_user,
    ),
]


@router.get("/user/{user_id}", operation_id="flicketGetUser", name="flicket:user")
async def get_user(user_id: Id, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep) -> UserOut:
    """One user: oneself; anybody for staff, and where HELPDESK_TICKET_VISIBILITY is `team`."""
    return await _shown(session, actor, await users.get_user(session, actor, user_id), urls)


@router.get("/users/", operation_id="flicketListUsers", name="flicket:users")
async def list_users(
    page: QueryPageDep, actor: ActorDep, session: ReadSessionDep, urls: UrlsDep, name: TextFilter = None
) -> FlicketPage[UserOut]:
    """The users you may know of; `name` is looked for in their names, in any case."""
    found = await users.list_users(session, actor, name, page)
    row = partial(UserOut.of, posts=await followups.count_posts(session, actor, found.items), urls=urls)
    return flicket_page(found, query_pages(urls, "flicket:users", {"name": name}), row)


async def _shown(session: Session, actor: Actor, user: User, urls: Urls) -> UserOut:
    return UserOut.of(user, await followups.count_posts(session, actor, [user]), urls)


@router.put(
    "/user/{user_id}",
    operation_id="flicketChangeUser",
    name="flicket:user",
    responses=errors(403),
)
async def change_user(
    request: Request, user_id: Id, body: ChangesBody, actor: ActorDep, session: SessionDep, urls: UrlsDep
) -> UserOut:
    """Change a user: own name, job title and password by anyone, e-mail by staff, roles by admins.

    What is left out stays.
    """
    verifier = service_of(request).verifier
    changed = await users.change_user(session, actor, verifier, user_id, body.to_changes())
    return await _shown(session, actor, changed, urls)


@router.post(
    "/user/{user_id}/avatar",
    operation_id="flicketSetAvatar",
    name="flicket:user_avatar",
    responses=errors(403),
)
async def set_avatar(
    request: Request, user_id: Id, form: AvatarForm, actor: ActorDep, session: SessionDep, urls: UrlsDep
) -> UserOut:
    """Give a user another picture, as multipart/form-data; the old one goes."""
    service = service_of(request)
    user = await avatars.set_avatar(session, actor, service.verifier, service.files, user_id, form.files[0])
    return await _shown(session, actor, user, urls)
