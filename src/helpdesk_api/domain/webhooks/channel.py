"""Sends deliveries to webhooks: what each answer means."""

from __future__ import annotations

import structlog

from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.outbox.commands import DueDelivery, GiveUp, Outcome, Retry, Sent
from helpdesk_api.domain.outbox.schedule import usual_delay
from helpdesk_api.domain.webhooks.messages import headers_for
from helpdesk_api.domain.webhooks.planning import CHANNEL
from helpdesk_api.domain.webhooks.repository import WebhookRepository
from helpdesk_api.domain.webhooks.retry_after import seconds_of
from helpdesk_api.egress.client import TOTAL_SECONDS, Answer, NoAnswer, WebClient
from helpdesk_api.models import Webhook

OFF = "The webhook was not active any more."
GONE = "The receiver answered 410 Gone: it wants no more messages."
_GONE_STATUS = 410
_log = structlog.stdlib.get_logger("helpdesk_api")


class WebhookChannel:
    """The `Channel` of webhooks."""

    name = CHANNEL
    # What a request may take, and as much for the database before and after it.
    lease_seconds = 2 * TOTAL_SECONDS

    def __init__(self, database: Database, web: WebClient) -> None:
        self._database = database
        self._web = web

    async def send(self, delivery: DueDelivery) -> Outcome:
        """Send it, unless its webhook is gone or off by now."""
        webhook = await self._webhook_of(delivery)
        if webhook is None or not webhook.active:
            return GiveUp(OFF)
        message = delivery.payload
        try:
            answer = await self._web.post(webhook.url, headers_for(webhook, message), message["body"].encode())
        except NoAnswer as error:
            return Retry(str(error))
        return await self._outcome(webhook, answer, delivery.attempts)

    async def _webhook_of(self, delivery: DueDelivery) -> Webhook | None:
        if delivery.webhook_id is None:
            return None
        return await WebhookRepository(self._database.read_sessions()).get(delivery.webhook_id)

    async def _outcome(self, webhook: Webhook, answer: Answer, attempt: int) -> Outcome:
        if answer.is_success:
            return Sent(answer.status, answer.excerpt)
        if answer.status == _GONE_STATUS:
            async with unit_of_work(self._database.sessions) as session:
                await WebhookRepository(session).disable(webhook.id, webhook.url, GONE)
            _log.warning("webhook disabled", webhook=webhook.id, reason=GONE)
            return GiveUp(GONE, answer.status, answer.excerpt)
        return Retry(error_of(answer), answer.status, answer.excerpt, _wish(answer, attempt))


def _wish(answer: Answer, attempt: int) -> float | None:
    """When the receiver wants to be asked again, if that is later than it would be: attempts are few."""
    seconds = seconds_of(answer.retry_after)
    return seconds if seconds is not None and seconds > usual_delay(attempt) else None


def error_of(answer: Answer) -> str:
    """Why an answer is none that was hoped for."""
    redirected = " Redirects are not followed: give the webhook the new URL." if 300 <= answer.status < 400 else ""
    return f"The receiver answered {answer.status}.{redirected}"
