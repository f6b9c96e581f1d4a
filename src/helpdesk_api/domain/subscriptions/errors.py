"""What can go wrong with subscriptions."""

from __future__ import annotations

from helpdesk_api.domain.errors import NotFound


class SubscriptionNotFound(NotFound):
    """No such subscription, or one on a ticket the actor may not see."""

    message = "No Subscription matches the given query."
    thing = "Subscription"
