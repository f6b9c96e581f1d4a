"""A desk whose people can be written to, and what would be written to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from factories import Account, make_account
from helpdesk_api.db.session import Session
from helpdesk_api.domain.notifications.planning import MailPlanner
from helpdesk_api.domain.outbox.commands import NewDelivery
from mail_plans import numbered_events

Plan = Callable[[], Awaitable[list[NewDelivery]]]


@pytest.fixture
async def agent(session: Session) -> Account:
    """Staff, with an address."""
    return await make_account(session, "agent", is_staff=True, email="agent@example.com", first_name="An Agent")


@pytest.fixture
async def admin(session: Session) -> Account:
    """A superuser with an address."""
    return await make_account(session, "admin", is_staff=True, is_superuser=True, email="admin@example.com")


@pytest.fixture
def plan(session: Session) -> Plan:
    """Numbers the events nobody was told of yet, in order, and plans what is written about them."""

    async def plan_mail() -> list[NewDelivery]:
        return await MailPlanner("help.example.com")(session, await numbered_events(session))

    return plan_mail
