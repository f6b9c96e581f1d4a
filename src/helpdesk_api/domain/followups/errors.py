"""What can go wrong with follow-ups."""

from __future__ import annotations

from helpdesk_api.domain.errors import NotFound


class FollowUpNotFound(NotFound):
    """No such follow-up, or not one the actor may see."""

    message = "No FollowUp matches the given query."
    thing = "FollowUp"
