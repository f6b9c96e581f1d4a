"""Sends e-mails that were planned: words, message, server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

import structlog

from helpdesk_api.domain.notifications.letters import CHANNEL, Payload
from helpdesk_api.domain.outbox.commands import DueDelivery, GiveUp, Outcome, Retry, Sent
from helpdesk_api.mail.errors import MailDelayed, MailRefused, TemplatesBroken
from helpdesk_api.mail.messages import Letter, build
from helpdesk_api.mail.server import SEND_SECONDS, Mailer
from helpdesk_api.mail.templates import Templates

_log = structlog.stdlib.get_logger("helpdesk_api")


class EmailChannel:
    """E-mail as a `Channel` of the outbox."""

    name = CHANNEL
    lease_seconds = SEND_SECONDS + 60

    def __init__(self, mailer: Mailer, sender: str, templates: Templates, common: Mapping[str, str]) -> None:
        """`common` is what every template may say of the desk itself."""
        self._mailer = mailer
        self._sender = sender
        self._templates = templates
        self._common = common

    async def send(self, delivery: DueDelivery) -> Outcome:
        """Send one e-mail. What the server refuses for good is given up; everything else is tried again."""
        try:
            message = build(self._letter(delivery), self._sender)
            answer = await self._mailer.send(message)
        except MailRefused as error:
            _log.warning("e-mail given up", delivery=delivery.id, reason=str(error))
            return GiveUp(str(error))
        except (MailDelayed, TemplatesBroken) as error:
            _log.warning("e-mail not sent yet", delivery=delivery.id, attempt=delivery.attempts, reason=str(error))
            return Retry(str(error))
        return Sent(response=answer)

    def _letter(self, delivery: DueDelivery) -> Letter:
        payload = cast(Payload, delivery.payload)
        words = self._templates.render(payload["kind"], {**self._common, **payload["values"]})
        return Letter(
            to=delivery.recipient or "",
            subject=words.subject,
            text=words.text,
            html=words.html,
            message_id=payload["message_id"],
            date=datetime.fromisoformat(payload["date"]),
            thread=payload["thread"],
            reply_to=payload["reply_to"],
        )
