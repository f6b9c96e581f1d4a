"""A process for tests to kill: it tells every event of a database by writing a line to a file, as slowly as a post."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from helpdesk_api.db.engine import open_database
from helpdesk_api.domain.outbox.commands import DueDelivery, Outcome, Sent
from helpdesk_api.logs import configure_logs
from post import Post, posting


class Slow(Post):
    """A line per delivery in a file that others write to, too; whoever is killed now has sent it, and told nobody."""

    def __init__(self, file: Path) -> None:
        super().__init__(lease_seconds=1)
        self._file = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def send(self, delivery: DueDelivery) -> Outcome:
        """Write it down."""
        os.write(self._file, f"{delivery.lane} {delivery.sequence}\n".encode())
        await asyncio.sleep(0.05)
        return Sent()


async def post_for_ever(url: str, file: Path) -> None:
    """Until killed."""
    database = open_database(url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=4)
    async with database.watched(), posting(database, Slow(file)):
        await asyncio.Event().wait()


if __name__ == "__main__":
    configure_logs("WARNING", "console")
    asyncio.run(post_for_ever(sys.argv[1], Path(sys.argv[2])))
