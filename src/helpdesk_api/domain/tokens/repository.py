"""Queries on tokens."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import contains_eager

from helpdesk_api.db.session import Session
from helpdesk_api.models import Token, User


class TokenRepository:
    """Tokens by their digest."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get_with_user(self, digest: bytes) -> Token | None:
        """The token with its user, in one query."""
        query = select(Token).join(Token.user).options(contains_eager(Token.user)).where(Token.digest == digest)
        return await self._session.scalar(query)

    async def add(self, user: User, digest: bytes) -> Token:
        """Store a new token's digest."""
        token = Token(user_id=user.id, digest=digest)
        self._session.add(token)
        await self._session.flush()
        return token

    async def touch(self, token_id: int, used_at: datetime, at_most_every: timedelta) -> None:
        """Write down that a token was used, unless that was done a short while ago."""
        stale = Token.last_used_at < used_at - at_most_every
        await self._session.execute(update(Token).where(Token.id == token_id, stale).values(last_used_at=used_at))

    async def remove(self, token_id: int) -> None:
        """End one token."""
        await self._session.execute(delete(Token).where(Token.id == token_id))

    async def remove_all_of(self, user_id: int, but: int | None = None) -> None:
        """End every token of a user, except one."""
        others = delete(Token).where(Token.user_id == user_id)
        await self._session.execute(others if but is None else others.where(Token.id != but))
