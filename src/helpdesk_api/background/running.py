"""Run all background work beside whatever else the process does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from helpdesk_api.background.work import all_work
from helpdesk_api.db.engine import Database
from helpdesk_api.settings import Settings


@asynccontextmanager
async def background_work(settings: Settings, database: Database) -> AsyncIterator[None]:
    """Do it for as long as the block lasts; what is being sent at the end is sent to the end."""
    async with AsyncExitStack() as stack:
        await all_work(settings, database, stack)
        yield
