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

from helpdesk_api.db.session import unit_of_work
from helpdesk_api.dialects.wire.dependants import below
from helpdesk_api.dialects.wire.passwords import user_of_password
from helpdesk_api.dialects.wire.rate_limit_fields import take_request
from helpdesk_api.dialects.wire.state import Service, service_of
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.errors import DomainError, Unauthenticated
from helpdesk_api.domain.policy import require_staff
from helpdesk_api.domain.tokens import service as tokens
from helpdesk_api.domain.tokens.bearer import TokenBearer
from helpdesk_api.models import User

Account = User | TokenBearer


async def _account(request: Request) -> Account:
    account = await _known(request)
    if isinstance(account, TokenBearer) and service_of(request).limits.limits_tokens:
        await take_request(request, account.token_id)
    return account


async def _known(request: Request) -> Account:
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    kind = scheme.lower()
    if kind == "basic":
        username, password = read_basic(rest)
        return await user_of_password(request, username, password)
    if kind in ("token", "bearer"):
        return await _bearer_of(service_of(request), _read_token(rest))
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


async def _bearer_of(service: Service, secret: str) -> TokenBearer:
    ttl = timedelta(seconds=service.settings.token_ttl)
    session = service.database.read_sessions()
    token = await tokens.find_token(session, secret, ttl)
    if tokens.is_due_for_touch(token, ttl):
        async with unit_of_work(service.database.sessions) as session:
            await tokens.touch(session, token.token_id, ttl)
    return token


# The account that is asking, as it is stored right now.
AccountDep = Annotated[Account, Depends(_account)]


def actor_of(user: Account, service: Service) -> Actor:
    """The actor a user is for one request."""
    return Actor(
        user_id=user.id,
        username=user.username,
        email=user.email,
        is_staff=user.is_staff or user.is_superuser,
        is_admin=user.is_superuser,
        reads_every_ticket=service.settings.ticket_visibility == "team",
        quota=service.settings.user_quota or None,
        token_id=user.token_id if isinstance(user, TokenBearer) else None,
    )


async def _actor(request: Request) -> Actor:
    return actor_of(await _account(request), service_of(request))


ActorDep = Annotated[Actor, Depends(_actor)]


async def _staff(actor: ActorDep) -> Actor:
    require_staff(actor)
    return actor


async def would_still_be_staff(request: Request) -> bool:
    """Whether who sent this request, which is long since being answered, is still known, and staff.

    Raises `DatabaseUnavailable`.
    """
    try:
        return actor_of(await _known(request), service_of(request)).is_staff
    except DomainError:
        return False


# For routes that are staff's alone: 403 comes before the body is looked at.
StaffDep = Annotated[Actor, Depends(_staff)]


async def _basic_user(request: Request) -> User:
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise Unauthenticated
    return await user_of_password(request, *read_basic(rest))


def asks_who(dependant: Dependant) -> bool:
    """Whether a route with these dependencies needs to know who is asking."""
    return _depends_on(dependant, _actor) or _depends_on(dependant, _account)


def asks_for_a_password(dependant: Dependant) -> bool:
    """Whether a route with these dependencies takes nothing but Basic (`BasicUserDep`)."""
    return _depends_on(dependant, _basic_user)


def asks_for_staff(dependant: Dependant) -> bool:
    """Whether a route with these dependencies is for staff alone (`StaffDep`)."""
    return _depends_on(dependant, _staff)


def _depends_on(dependant: Dependant, call: Callable[..., Any]) -> bool:
    return any(one.call is call for one in below(dependant))


# For trading a password for a token.
BasicUserDep = Annotated[User, Depends(_basic_user)]

__all__ = [
    "AccountDep",
    "ActorDep",
    "BasicUserDep",
    "StaffDep",
    "actor_of",
    "asks_for_a_password",
    "asks_for_staff",
    "asks_who",
    "read_basic",
    "would_still_be_staff",
]
