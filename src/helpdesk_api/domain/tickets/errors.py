"""What can go wrong with tickets."""

from __future__ import annotations

from helpdesk_api.domain.errors import NotFound


class TicketNotFound(NotFound):
    """No such ticket, or not one the actor may see."""

    message = "No Ticket matches the given query."
    thing = "Ticket"
