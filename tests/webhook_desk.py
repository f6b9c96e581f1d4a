"""Webhooks, and the messages that wait for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from helpdesk_api.db.session import Session
from helpdesk_api.domain.outbox.commands import DueDelivery
from helpdesk_api.domain.webhooks.messages import new_message
from helpdesk_api.domain.webhooks.signing import new_secret
from helpdesk_api.models import Webhook


async def make_webhook(session: Session, url: str, **values: Any) -> Webhook:
    """Store a webhook."""
    webhook = Webhook(url=url, **{"secret": new_secret(), **values})
    session.add(webhook)
    await session.flush()
    await session.refresh(webhook)
    return webhook


def due(webhook_id: int | None, attempts: int = 1) -> DueDelivery:
    """A delivery that is to be sent now."""
    message = new_message(
        "ticket.closed", "2026-01-31T12:00:00Z", {"sequence": 12, "ticket": {"id": 7}, "title": "caf\u00e9"}
    )
    payload = dict(message)
    return DueDelivery(1, "webhook", "lane", payload, 1, 12, webhook_id, None, attempts, datetime.now(UTC))
