"""Signing in with a password, for every door that takes one: Basic, and both ways to a token."""

from __future__ import annotations

from starlette.requests import Request

from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.domain.users.sign_in import Attempt, sign_in
from helpdesk_api.models import User


async def user_of_password(request: Request, username: str, password: str) -> User:
    """The active user with this password. Raises `InvalidPassword`, `TooManyFailedSignIns`."""
    service = service_of(request)
    # Behind a trusted proxy the server has put the client's address here already.
    address = request.client.host if request.client else None
    return await sign_in(service.database, service.verifier, service.limits, Attempt(username, password, address))
