"""Numbers for what happened, as the background gives them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.outbox.sequencing import number_events

Number = Callable[[], Awaitable[int]]


@pytest.fixture
def number(database: Database) -> Number:
    """Number all that has happened."""

    async def numbered() -> int:
        async with unit_of_work(database.sessions) as session:
            return await number_events(session, [])

    return numbered
