"""Queries for carrying accounts from one installation to another."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ARRAY, SQLColumnExpression, String, any_, func, literal, select

from helpdesk_api.db.session import Session
from helpdesk_api.models import User


class TransferRepository:
    """Accounts as the command line sees them: all of them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def list_active(self) -> list[User]:
        """Every active account by user name."""
        return list(await self._session.scalars(select(User).where(User.is_active).order_by(User.username)))

    async def count_inactive(self) -> int:
        """How many accounts are deactivated."""
        return await self._session.scalar(select(func.count()).where(User.is_active.is_(False))) or 0

    async def usernames_among(self, names: Sequence[str]) -> set[str]:
        """Those of the user names that are taken."""
        return await self._among(User.username, names)

    async def emails_among(self, emails: Sequence[str]) -> set[str]:
        """Those of the e-mail addresses, in lower case, that some account has in any case."""
        return await self._among(func.lower(User.email), emails)

    async def _among(self, column: SQLColumnExpression[str], values: Sequence[str]) -> set[str]:
        # One parameter, however many values: there may be more than a statement takes parameters.
        wanted = any_(literal(list(values), ARRAY(String)))
        return set(await self._session.scalars(select(column).where(column == wanted)))
