"""Who is asking: Basic, Token and Bearer on every route of every dialect."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from starlette.requests import Request

from helpdesk_api.db.session import reading, unit_of_work
from helpdesk_api.dialects.wire.state import Service, service_of
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import Unauthenticated
from helpdesk_api.domain.policy import require_staff
from helpdesk_api.domain.tokens import service as tokens
from helpdesk_api.domain.tokens.bearer import TokenBearer
from helpdesk_api.domain.users.sign_in import sign_in
from helpdesk_api.models import User


async def _authenticate(request: Request) -> Actor:
    service = service_of(request)
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    kind = scheme.lower()
    if kind == "basic":
        username, password = read_basic(rest)
        user = await sign_in(service.database, service.verifier, username, password)
        return actor_of(user, service)
    if kind in ("token", "bearer"):
        return await _actor_of_token(service, _read_token(rest))
    raise Unauthenticated


def read_basic(credentials: str) -> tuple[str, str]:
    """User name and password of a Basic header (RFC 7617). Raises `Unauthenticated`, saying what is wrong."""
    words = credentials.split()
    if not words:
        raise Unauthenticated("Invalid basic header. No credentials provided.")
    if len(words) > 1:
        raise Unauthenticated("Invalid basic header. Credentials string should not contain spaces.")
    try:
        raw = base64.b64decode(words[0], validate=True)
    except (binascii.Error, ValueError):
        raise Unauthenticated("Invalid basic header. Credentials not correctly base64 encoded.") from None
    try:
        decoded = raw.decode("utf-8")
    except UnicodeDecodeError:
        decoded = raw.decode("latin-1")
    username, colon, password = decoded.partition(":")
    if not colon:
        raise Unauthenticated("Invalid basic header. Credentials not correctly base64 encoded.")
    return username, password


def _read_token(credentials: str) -> str:
    words = credentials.split()
    if not words:
        raise Unauthenticated("Invalid token header. No credentials provided.")
    if len(words) > 1:
        raise Unauthenticated("Invalid token header. Token string should not contain spaces.")
    if not words[0].isascii():
        raise Unauthenticated("Invalid token header. Token string should not contain invalid characters.")
    return words[0]


async def _actor_of_token(service: Service, secret: str) -> Actor:
    ttl = timedelta(seconds=service.settings.token_ttl)
    async with reading(service.database.read_sessions) as session:
        token = await tokens.find_token(session, secret, ttl)
    if tokens.is_due_for_touch(token, ttl):
        async with unit_of_work(service.database.sessions) as session:
            await tokens.touch(session, token.token_id, ttl)
    return actor_of(token, service, token_id=token.token_id)


def actor_of(user: User | TokenBearer, service: Service, token_id: int | None = None) -> Actor:
    """The actor a user is for one request."""
    return Actor(
        user_id=user.id,
        username=user.username,
        email=user.email,
        is_staff=user.is_staff or user.is_superuser,
        is_admin=user.is_superuser,
        reads_every_ticket=service.settings.ticket_visibility == "team",
        quota=service.settings.user_quota or None,
        token_id=token_id,
    )


async def _actor(request: Request) -> Actor:
    return await _authenticate(request)


ActorDep = Annotated[Actor, Depends(_actor)]


async def _staff(actor: ActorDep) -> Actor:
    require_staff(actor)
    return actor


# For routes that are staff's alone: 403 comes before the body is looked at.
StaffDep = Annotated[Actor, Depends(_staff)]


async def _basic_user(request: Request) -> User:
    service = service_of(request)
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise Unauthenticated
    username, password = read_basic(rest)
    return await sign_in(service.database, service.verifier, username, password)


def asks_who(dependant: Dependant) -> bool:
    """Whether a route with these dependencies needs to know who is asking."""
    return _depends_on(dependant, _actor)


def asks_for_a_password(dependant: Dependant) -> bool:
    """Whether a route with these dependencies takes nothing but Basic (`BasicUserDep`)."""
    return _depends_on(dependant, _basic_user)


def asks_for_staff(dependant: Dependant) -> bool:
    """Whether a route with these dependencies is for staff alone (`StaffDep`)."""
    return _depends_on(dependant, _staff)


def _depends_on(dependant: Dependant, call: Callable[..., Any]) -> bool:
    return any(one.call is call or _depends_on(one, call) for one in dependant.dependencies)


# For trading a password for a token.
BasicUserDep = Annotated[User, Depends(_basic_user)]

__all__ = [
    "ActorDep",
    "BasicUserDep",
    "StaffDep",
    "actor_of",
    "asks_for_a_password",
    "asks_for_staff",
    "asks_who",
    "read_basic",
]
