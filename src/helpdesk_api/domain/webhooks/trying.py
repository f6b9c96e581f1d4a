"""Tries a webhook out: one message, sent at once."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.webhooks import service as webhooks
from helpdesk_api.domain.webhooks.channel import error_of
from helpdesk_api.domain.webhooks.commands import Trial
from helpdesk_api.domain.webhooks.messages import headers_for, new_message
from helpdesk_api.egress.client import Answer, NoAnswer, web_client
from helpdesk_api.egress.destinations import Destinations
from helpdesk_api.models import Webhook

TEST_TYPE = "webhook.test"


async def try_webhook(session: Session, actor: Actor, webhook_id: int, destinations: Destinations) -> Trial:
    """Send a test to a webhook, active or not, and wait for what comes of it; it is not tried again. Admins only.

    `session` is one for reads, which holds no connection meanwhile. Raises `Forbidden`, `WebhookNotFound`.
    """
    webhooks.may_write(actor)
    webhook = await webhooks.get_webhook(session, actor, webhook_id)
    started = time.perf_counter()
    try:
        answer = await _send(webhook, destinations)
    except NoAnswer as nothing:
        return Trial(_milliseconds_since(started), error=str(nothing))
    error = None if answer.is_success else error_of(answer)
    return Trial(_milliseconds_since(started), answer.status, error, answer.excerpt)


async def _send(webhook: Webhook, destinations: Destinations) -> Answer:
    timestamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    message = new_message(TEST_TYPE, timestamp, {"webhook": {"id": webhook.id, "description": webhook.description}})
    async with web_client(destinations) as web:
        return await web.post(webhook.url, headers_for(webhook, message), message["body"].encode())


def _milliseconds_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
