"""What can go wrong with looking back."""

from __future__ import annotations

from helpdesk_api.domain.errors import NotFound


class RevisionNotFound(NotFound):
    """No such revision, or one of a text the actor may not see."""

    message = "No Revision matches the given query."
    thing = "Revision"


class EventNotFound(NotFound):
    """No such event, or one of a ticket the actor may not see."""

    message = "No Event matches the given query."
    thing = "Event"
