"""What can go wrong with tickets."""

from __future__ import annotations

from helpdesk_api.domain.errors import Conflict, NotFound


class TicketNotFound(NotFound):
    """No such ticket, or not one the actor may see."""

    message = "No Ticket matches the given query."
    thing = "Ticket"


class TicketClosed(Conflict):
    """It would have to be open."""

    message = "This ticket is closed; reopen it first."


class TicketNotClosed(Conflict):
    """It would have to be closed."""

    message = "This ticket is not closed."


class TicketTaken(Conflict):
    """Somebody else works on it."""

    message = "This ticket is assigned to somebody else."


class TicketNotAssigned(Conflict):
    """Nobody works on it."""

    message = "This ticket is not assigned to anybody."
