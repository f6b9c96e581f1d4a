"""Webhooks on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, cast

from pydantic import BaseModel, ConfigDict, Field

from helpdesk_api.dialects.drf.body import BodyContext, DrfBody
from helpdesk_api.dialects.drf.fields import Chars, Flag
from helpdesk_api.dialects.integration.fields import EventTypes, Secret, WebUrl
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.webhooks import service as webhooks
from helpdesk_api.domain.webhooks.commands import NewWebhook, Trial, WebhookChanges
from helpdesk_api.domain.webhooks.signing import new_secret
from helpdesk_api.models import Webhook

Description = Annotated[str, Chars(max_length=200, blank=True)]

EVENTS = "The types of events it is told of; none named means all."
SECRET = "By default one is made up."  # noqa: S105
SHOWN_ONCE = "What its messages are signed with. It is shown this once."
ACTIVE = "Whether anything is sent. Switching it on again forgets `disabled_reason`."
# "an-example-and-no-secret-of-anybody"
EXAMPLE_SECRET = "whsec_YW4tZXhhbXBsZS1hbmQtbm8tc2VjcmV0LW9mLWFueWJvZHk="  # noqa: S105
EXAMPLE_URL = "https://hooks.example.com/helpdesk"
EXAMPLE_EVENTS = ["ticket.created", "ticket.closed"]


class _AdminsBody(DrfBody):
    """A body that only admins send."""

    @classmethod
    def may_be_sent_by(cls, actor: Actor | None) -> bool:
        """Whether `OPTIONS` tells of it."""
        return actor is not None and actor.is_admin


class _WebhookBody(_AdminsBody):
    """What new webhooks and changes have in common."""

    async def problems(self, values: Mapping[str, Any], context: BodyContext) -> Mapping[str, list[str]]:
        """An address that nothing may be sent to."""
        return webhooks.problems_of_webhook(values, context.settings.webhook_destinations)

    def to_changes(self) -> WebhookChanges:
        """The values that were sent."""
        return cast(WebhookChanges, {name: getattr(self, name) for name in self.model_fields_set})


class WebhookIn(_WebhookBody):
    """All of a webhook but its secret."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"example": {"url": EXAMPLE_URL, "events": [*EXAMPLE_EVENTS]}}
    )

    url: Annotated[str, WebUrl()] = Field(title="URL")
    events: Annotated[list[str], EventTypes()] = Field(default_factory=list, description=EVENTS)
    description: Description = ""
    active: Annotated[bool, Flag()] = Field(True, description=ACTIVE)


class NewWebhookIn(WebhookIn):
    """A new webhook."""

    secret: Annotated[str, Secret()] = Field(default_factory=new_secret, description=SECRET)

    def to_command(self) -> NewWebhook:
        """The webhook to make."""
        return NewWebhook(**{name: getattr(self, name) for name in self.model_fields_set})


class WebhookChangesIn(_WebhookBody):
    """What can be changed of a webhook; what is left out stays."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {"active": False}})

    url: Annotated[str, WebUrl()] = Field(title="URL")
    events: Annotated[list[str], EventTypes()] = Field(description=EVENTS)
    description: Description
    active: Annotated[bool, Flag()] = Field(description=ACTIVE)


class RotationIn(_AdminsBody):
    """Another secret."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {}})

    secret: Annotated[str, Secret()] = Field(default_factory=new_secret, description=SECRET)


class WebhookOut(BaseModel):
    """A webhook, without its secret."""

    id: int = Field(examples=[1])
    url: str = Field(title="URL", examples=[EXAMPLE_URL])
    events: list[str] = Field(description=EVENTS, examples=[EXAMPLE_EVENTS])
    description: str = Field(examples=[""])
    active: bool = Field(description="Whether anything is sent.", examples=[True])
    disabled_reason: str | None = Field(description="Why the service itself has switched it off.", examples=[None])
    previous_secret_until: datetime | None = Field(
        description="Until when the secret before the last rotation signs as well.", examples=[None]
    )
    created_by: int | None = Field(description="The admin who made it.", examples=[1])
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])

    @classmethod
    def of(cls, webhook: Webhook) -> WebhookOut:
        """The wire form of a webhook."""
        return cls(**_shown(webhook))


class WebhookWithSecretOut(WebhookOut):
    """A webhook with its secret: what makes it, and each rotation, is answered with it, and nothing else."""

    secret: str = Field(description=SHOWN_ONCE, examples=[EXAMPLE_SECRET])

    @classmethod
    def of(cls, webhook: Webhook) -> WebhookWithSecretOut:
        """The wire form of a webhook whose secret is new."""
        return cls(**_shown(webhook), secret=webhook.secret)


def _shown(webhook: Webhook) -> dict[str, Any]:
    names = set(WebhookOut.model_fields) - {"created_by"}
    return {**{name: getattr(webhook, name) for name in names}, "created_by": webhook.created_by_id}


class TrialOut(BaseModel):
    """What came of a test."""

    delivered: bool = Field(description="Whether the receiver answered 2xx.", examples=[True])
    status_code: int | None = Field(description="What it answered.", examples=[204])
    error: str | None = Field(description="What was wrong.", examples=[None])
    duration_ms: int = Field(examples=[42])
    response: str = Field(description="The beginning of its answer's body.", examples=[""])

    @classmethod
    def of(cls, trial: Trial) -> TrialOut:
        """The wire form of a trial."""
        return cls(
            delivered=trial.error is None,
            status_code=trial.status_code,
            error=trial.error,
            duration_ms=trial.duration_ms,
            response=trial.response,
        )
