"""A receiver on loopback, a webhook that leads there, and what sends."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session
from helpdesk_api.domain.webhooks.channel import WebhookChannel
from helpdesk_api.egress.client import web_client
from helpdesk_api.egress.destinations import Destinations
from helpdesk_api.models import Webhook
from receiver import Receiver, receiving
from webhook_desk import make_webhook


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Answers 204 until it is told otherwise."""
    async with receiving(Receiver()) as receiver:
        yield receiver


@pytest.fixture
async def channel(database: Database) -> AsyncIterator[WebhookChannel]:
    """What sends, to loopback too."""
    async with web_client(Destinations(["127.0.0.0/8"]), seconds=5) as web:
        yield WebhookChannel(database, web)


@pytest.fixture
async def webhook(session: Session, receiver: Receiver) -> Webhook:
    """A webhook for all events."""
    return await make_webhook(session, receiver.url)
