"""What can go wrong with webhooks and their deliveries."""

from __future__ import annotations

from helpdesk_api.domain.errors import Conflict, NotFound

NOT_ALLOWED = (
    "This address is not public. The operator can allow it: HELPDESK_WEBHOOK_ALLOWED_NETWORKS names networks besides."
)
SAME_SECRET = "This is the secret that is in use."  # noqa: S105


class WebhookNotFound(NotFound):
    """No such webhook."""

    message = "No Webhook matches the given query."
    thing = "Webhook"


class DeliveryNotFound(NotFound):
    """No such delivery of this webhook."""

    message = "No Delivery matches the given query."
    thing = "Delivery"


class DeliveryWaits(Conflict):
    """It is still going to be sent."""

    message = "This delivery is still waiting to be sent."


class WebhookOff(Conflict):
    """Nothing is sent to it."""

    message = "This webhook is not active."
