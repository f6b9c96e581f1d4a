"""What a caller hands in about webhooks, and what trying one gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypedDict

from helpdesk_api.domain.webhooks.signing import new_secret


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook to make. No events are all events; without a secret of its own it gets one."""

    url: str
    events: list[str] = field(default_factory=list)
    description: str = ""
    active: bool = True
    secret: str = field(default_factory=new_secret, repr=False)


class WebhookChanges(TypedDict, total=False):
    """A partial change of a webhook: what is not named stays."""

    url: str
    events: list[str]
    description: str
    active: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a test: a status, or the reason why there is none."""

    duration_ms: int
    status_code: int | None = None
    error: str | None = None
    response: str = ""
