"""Queries on the counts of rate limits; the database's clock is the one that counts."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from helpdesk_api.db.session import Session
from helpdesk_api.models import RateLimit

# Each count that is written takes away this many that have ended: so there are never many of those.
_CLEARED_AT_ONCE = 2


class RateLimitRepository:
    """Counts by their key. Every statement stands alone, so a read session will do."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, key: str, seconds: int, amount: int) -> int:
        """Count, and say how many there are now. A window of so many seconds begins with the first."""
        now = func.statement_timestamp()
        new = insert(RateLimit).values(key=key, hits=amount, expires_at=now + timedelta(seconds=seconds))
        over = RateLimit.expires_at <= now
        counted = new.on_conflict_do_update(
            index_elements=[RateLimit.key],
            set_={
                "hits": case((over, new.excluded.hits), else_=RateLimit.hits + new.excluded.hits),
                "expires_at": case((over, new.excluded.expires_at), else_=RateLimit.expires_at),
            },
        ).returning(RateLimit.hits)
        ended = select(RateLimit.key).where(over, RateLimit.key != key).order_by(RateLimit.expires_at)
        # A count that somebody is adding to right now is not waited for.
        some = ended.limit(_CLEARED_AT_ONCE).with_for_update(skip_locked=True)
        cleared = delete(RateLimit).where(RateLimit.key.in_(some)).returning(RateLimit.key).cte("cleared")
        return int(await self._session.scalar(counted.add_cte(cleared)) or 0)

    async def hits(self, key: str) -> int:
        """How many were counted in the window that goes on."""
        open_window = RateLimit.expires_at > func.statement_timestamp()
        return int(await self._session.scalar(select(RateLimit.hits).where(RateLimit.key == key, open_window)) or 0)

    async def seconds_left(self, key: str) -> float:
        """How long the window goes on; 0 where none does."""
        left = func.extract("epoch", RateLimit.expires_at - func.statement_timestamp())
        return max(0.0, float(await self._session.scalar(select(left).where(RateLimit.key == key)) or 0))

    async def remove(self, key: str) -> None:
        """Forget a count."""
        await self._session.execute(delete(RateLimit).where(RateLimit.key == key))

    async def remove_all(self) -> int:
        """Forget every count, and say how many there were."""
        gone = await self._session.execute(delete(RateLimit).returning(RateLimit.key))
        return len(gone.all())
