"""Queries on users' pictures."""

from __future__ import annotations

from sqlalchemy import func, select

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.policy import visible_users
from helpdesk_api.models import User

# Any number nobody else uses.
_AVATARS_LOCK = 4_701_113_810


class AvatarRepository:
    """Accounts by their pictures."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def has(self, path: str, actor: Actor) -> bool:
        """Whether a picture belongs to an account the actor may see."""
        return await self._session.scalar(select(User.id).where(User.avatar == path, visible_users(actor))) is not None

    async def announce_writer(self) -> None:
        """Say that this unit of work is going to write a picture's path."""
        await self._session.execute(select(func.pg_advisory_xact_lock_shared(_AVATARS_LOCK)))

    async def wait_for_writers(self) -> None:
        """Wait for whoever is writing a picture's path, and keep others from beginning until the unit of work ends."""
        await self._session.execute(select(func.pg_advisory_xact_lock(_AVATARS_LOCK)))
