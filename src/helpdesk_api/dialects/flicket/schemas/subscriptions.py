"""Subscriptions on the wire."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from helpdesk_api.dialects.flicket.body import FlicketBody
from helpdesk_api.dialects.flicket.fields import Id
from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.domain.users.names import full_name
from helpdesk_api.models import Subscription


class SubscriptionIn(FlicketBody):
    """Who is to follow a ticket: oneself, or another user for staff."""

    missing: ClassVar[str] = "Must include ticket_id."
    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {"ticket_id": 10001}})

    ticket_id: Annotated[int, Id()] = Field(examples=[10001])
    user_id: Annotated[int | None, Id(null=True)] = Field(None, description="Oneself where it is left out.")


class SubscriptionLinks(BaseModel):
    """Where to go from a subscription."""

    self_: str = Field(serialization_alias="self", examples=["http://localhost:5000/flicket-api/subscription/1"])
    subscriptions: str = Field(examples=["http://localhost:5000/flicket-api/subscriptions/"])
    ticket: str = Field(examples=["http://localhost:5000/flicket-api/ticket/10001"])
    user: str = Field(examples=["http://localhost:5000/flicket-api/user/1"])


class SubscriptionOut(BaseModel):
    """One user following one ticket."""

    id: int = Field(examples=[1])
    links: SubscriptionLinks
    ticket_id: int = Field(examples=[10001])
    user_def: str = Field(description="The user's name.", examples=["admin"])
    user_id: int = Field(examples=[1])

    @classmethod
    def of(cls, subscription: Subscription, urls: Urls) -> SubscriptionOut:
        """The wire form of a subscription."""
        return cls(
            id=subscription.id,
            links=SubscriptionLinks(
                self_=urls.to("flicket:subscription", subscription_id=subscription.id),
                subscriptions=urls.to("flicket:subscriptions"),
                ticket=urls.to("flicket:ticket", ticket_id=subscription.ticket_id),
                user=urls.to("flicket:user", user_id=subscription.user_id),
            ),
            ticket_id=subscription.ticket_id,
            user_def=full_name(subscription.user),
            user_id=subscription.user_id,
        )
