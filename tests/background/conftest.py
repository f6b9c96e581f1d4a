"""A database where commits are real, and something that happens in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.users.service import COMMAND_LINE

Happen = Callable[..., Awaitable[None]]


@pytest.fixture
def happen(empty_database: Database) -> Happen:
    """Commit one event each for some tickets."""

    async def commit(*ticket_ids: int) -> None:
        for ticket_id in ticket_ids:
            async with unit_of_work(empty_database.sessions) as session:
                await events.record(session, COMMAND_LINE, "ticket.updated", ticket_id=ticket_id)

    return commit
