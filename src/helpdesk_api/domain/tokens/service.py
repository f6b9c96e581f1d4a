"""Tokens: what a client sends instead of a password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.tokens.bearer import TokenBearer
from helpdesk_api.domain.tokens.errors import InactiveUser, InvalidToken, NoToken
from helpdesk_api.domain.tokens.repository import TokenRepository
from helpdesk_api.models import User
from helpdesk_api.security import new_token, token_digest

# A token's use is written down at most this often, so that reads stay reads.
TOUCH_EVERY = timedelta(hours=1)


async def issue_token(session: Session, user: User) -> str:
    """A new token for `user`; only its digest is kept, so this is the only time it can be read."""
    token = new_token()
    await TokenRepository(session).add(user, token_digest(token))
    return token


async def find_token(session: Session, secret: str, ttl: timedelta) -> TokenBearer:
    """Whose token a client sent.

    `ttl` is how long a token lives without use; zero is for ever. Raises `InvalidToken`, `InactiveUser`.
    """
    token = await TokenRepository(session).get_bearer(token_digest(secret))
    if token is None or (ttl and token.last_used_at + ttl < datetime.now(UTC)):
        raise InvalidToken
    if not token.is_active:
        raise InactiveUser
    return token


def is_due_for_touch(token: TokenBearer, ttl: timedelta) -> bool:
    """Whether its use has to be written down again."""
    return token.last_used_at < datetime.now(UTC) - _touch_every(ttl)


async def touch(session: Session, token_id: int, ttl: timedelta) -> None:
    """Write down that a token was used."""
    await TokenRepository(session).touch(token_id, datetime.now(UTC), _touch_every(ttl))


def _touch_every(ttl: timedelta) -> timedelta:
    """More often than TOUCH_EVERY where tokens live so short a time that one in use would end."""
    return min(TOUCH_EVERY, ttl / 4) if ttl else TOUCH_EVERY


async def revoke(session: Session, actor: Actor) -> None:
    """End the token the actor came with; at once, in every process. Raises `NoToken`."""
    if actor.token_id is None:
        raise NoToken
    await TokenRepository(session).remove(actor.token_id)


async def revoke_others(session: Session, actor: Actor, user_id: int) -> None:
    """End every token of a user but the one the actor came with."""
    await TokenRepository(session).remove_all_of(user_id, but=actor.token_id)
