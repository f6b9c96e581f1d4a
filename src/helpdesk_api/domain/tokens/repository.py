"""Queries on tokens."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update

from helpdesk_api.db.session import Session
from helpdesk_api.db.statements import Statement
from helpdesk_api.domain.tokens.bearer import TokenBearer
from helpdesk_api.models import Token, User

_BEARER = Statement(
    select(Token.id, Token.last_used_at, *(getattr(User, one.name) for one in fields(TokenBearer)[2:]))
    .join(User, User.id == Token.user_id)
    .where(Token.digest == bindparam("digest"))
)


class TokenRepository:
    """Tokens by their digest."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get_bearer(self, digest: bytes) -> TokenBearer | None:
        """Whose token it is, in one query; every request with a token asks this."""
        row = await _BEARER.first(self._session, digest=digest)
        return None if row is None else TokenBearer(*row.values())

    async def add(self, user: User, digest: bytes) -> Token:
        """Store a new token's digest."""
        token = Token(user_id=user.id, digest=digest)
        self._session.add(token)
        await self._session.flush()
        return token

    async def touch(self, token_id: int, used_at: datetime, at_most_every: timedelta) -> None:
        """Write down that a token was used, and its user with it, unless that was done a short while ago."""
        stale = (Token.id == token_id, Token.last_used_at < used_at - at_most_every)
        # The user first, as whoever ends their tokens does: else two could wait for each other.
        user = User.id == select(Token.user_id).where(*stale).scalar_subquery()
        signed_in = update(User).where(user).values(last_login=used_at).returning(User.id).cte("signed_in")
        used = update(Token).where(*stale, Token.user_id == signed_in.c.id).values(last_used_at=used_at)
        await self._session.execute(used.execution_options(synchronize_session=False))

    async def remove(self, token_id: int) -> None:
        """End one token."""
        await self._session.execute(delete(Token).where(Token.id == token_id))

    async def remove_all_of(self, user_id: int, but: int | None = None) -> None:
        """End every token of a user, except one."""
        others = delete(Token).where(Token.user_id == user_id)
        await self._session.execute(others if but is None else others.where(Token.id != but))
