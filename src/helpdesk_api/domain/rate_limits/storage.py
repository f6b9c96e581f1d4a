"""Where rate limits are counted: the `limits` library's storages, and one of our own over the service's database."""

from __future__ import annotations

import time
from typing import ClassVar, cast

from limits.aio.storage import Storage
from limits.storage import storage_from_string
from sqlalchemy.ext.asyncio import async_sessionmaker

from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.domain.rate_limits.repository import RateLimitRepository


class PostgresStorage(Storage):
    """Counts in a table that all processes share; for the fixed window, which is the strategy used here.

    The library finds it under `async+postgresql`. Raises `DatabaseUnavailable`.
    """

    STORAGE_SCHEME: ClassVar[list[str]] = ["async+postgresql"]  # type: ignore[misc]  # no class variable there

    def __init__(self, uri: str | None = None, *, sessions: async_sessionmaker[Session]) -> None:
        super().__init__(uri)
        self._sessions = sessions

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """None: what goes wrong has a name of ours already."""
        return ()

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and say how many there are now in the window of `expiry` seconds."""
        return await self._counts().add(key, expiry, amount)

    async def get(self, key: str) -> int:
        """How many there are."""
        return await self._counts().hits(key)

    async def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since the epoch by this machine's clock."""
        return time.time() + await self._counts().seconds_left(key)

    async def check(self) -> bool:
        """Whether counts can be read."""
        await self.get("")
        return True

    async def reset(self) -> int | None:
        """Forget everything."""
        return await self._counts().remove_all()

    async def clear(self, key: str) -> None:
        """Forget one count."""
        await self._counts().remove(key)

    def _counts(self) -> RateLimitRepository:
        # Not a unit of work: one statement each, committed by itself, costs one round trip and not three.
        return RateLimitRepository(self._sessions())


def open_storage(address: str, database: Database) -> Storage:
    """The storage an address names: `memory`, `postgresql` (the service's own database), or `redis://...`.

    Raises `limits.errors.ConfigurationError` where the client for it is not installed.
    """
    if address == "memory":
        return cast(Storage, storage_from_string("async+memory://"))
    if address == "postgresql":
        return PostgresStorage(sessions=database.read_sessions)
    return cast(Storage, storage_from_string(f"async+{address}", implementation="redispy", wrap_exceptions=True))
