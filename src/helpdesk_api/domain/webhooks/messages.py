"""What is sent: the body of a message and the headers that go with it, made once and sent as often as it takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from time import time
from typing import Any

import orjson
from typing_extensions import TypedDict

from helpdesk_api.domain.webhooks.signing import new_message_id, signed_headers
from helpdesk_api.models import Webhook


class Message(TypedDict):
    """A message as it waits; its body is text, since JSONB would give the same JSON back in other bytes."""

    id: str
    type: str
    body: str


def new_message(event_type: str, timestamp: str, data: Mapping[str, Any]) -> Message:
    """A message of its own id, in the envelope of Standard Webhooks."""
    body = orjson.dumps({"type": event_type, "timestamp": timestamp, "data": data}).decode()
    return {"id": new_message_id(), "type": event_type, "body": body}


def headers_for(webhook: Webhook, message: Mapping[str, Any]) -> dict[str, str]:
    """The headers of an attempt that begins now."""
    signed = signed_headers(message["id"], int(time()), message["body"].encode(), secrets_of(webhook))
    return {"Content-Type": "application/json", **signed}


def secrets_of(webhook: Webhook) -> list[str]:
    """The secrets that are valid now: its own, and after a rotation the one before for a while."""
    until = webhook.previous_secret_until
    if webhook.previous_secret is None or until is None or until <= datetime.now(UTC):
        return [webhook.secret]
    return [webhook.secret, webhook.previous_secret]
