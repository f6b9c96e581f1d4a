"""/api/users/: accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request

from helpdesk_api.dialects.django_helpdesk.schemas.users import (
    UserChangesIn,
    UserCreated,
    UserIn,
    UserOut,
    show_new_user,
    show_user,
)
from helpdesk_api.dialects.drf.body import body_of
from helpdesk_api.dialects.drf.errors import errors
from helpdesk_api.dialects.drf.params import Id
from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.wire.answers import Json
from helpdesk_api.dialects.wire.auth import AccountDep, ActorDep, StaffDep
from helpdesk_api.dialects.wire.session import ReadSessionDep, SessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.domain.users import service as users
from helpdesk_api.models import User

router = APIRouter(prefix="/api/users", route_class=DrfRoute, tags=["Users"])


async def _staff_first(actor: StaffDep) -> None:
    """403 for plain users comes before the body is looked at."""


async def _existing_user(user_id: Id, actor: ActorDep, session: ReadSessionDep) -> User:
    """404 comes before the body is looked at."""
    return await users.get_user(session, actor, user_id)


NewUserBody = Annotated[UserIn, body_of(UserIn, after=_staff_first)]
UserChangesBody = Annotated[UserChangesIn, body_of(UserChangesIn, partial=True, after=_existing_user)]


@router.post("/", status_code=201, operation_id="createUser", name="drf:users")
async def create_user(request: Request, body: NewUserBody, actor: ActorDep, session: SessionDep) -> Json[UserCreated]:
    """Make an account. Staff only; roles by admins only."""
    user = await users.create_user(session, actor, service_of(request).verifier, body.to_command())
    return Json(show_new_user(user), 201)


@router.get("/me/", operation_id="getOwnUser", name="drf:own_user")
async def get_own_user(account: AccountDep) -> Json[UserOut]:
    """The account that is asking."""
    return Json(show_user(account))


@router.get("/{user_id:int}/", operation_id="getUser", name="drf:user")
async def get_user(user_id: Id, actor: ActorDep, session: ReadSessionDep) -> Json[UserOut]:
    """One account: one's own, or anybody's for staff."""
    return Json(show_user(await users.get_user(session, actor, user_id)))


@router.patch("/{user_id:int}/", operation_id="changeUser", name="drf:user", responses=errors(403))
async def change_user(
    request: Request, user_id: Id, body: UserChangesBody, actor: ActorDep, session: SessionDep
) -> Json[UserOut]:
    """Change an account: own name and password by anyone, e-mail by staff, roles by admins."""
    verifier = service_of(request).verifier
    return Json(show_user(await users.change_user(session, actor, verifier, user_id, body.to_changes())))


@router.delete(
    "/{user_id:int}/", status_code=204, operation_id="deleteUser", name="drf:user", responses=errors(403, 409)
)
async def delete_user(request: Request, user_id: Id, actor: ActorDep, session: SessionDep) -> None:
    """Delete an account that owns nothing. Admins only; deactivate the others with PATCH."""
    await users.delete_user(session, actor, service_of(request).files, user_id)
