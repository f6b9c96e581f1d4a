"""What can go wrong with queues and departments."""

from __future__ import annotations

from collections.abc import Mapping

from helpdesk_api.domain.errors import Conflict, NotFound

SLUG_TAKEN = "queue with this slug already exists."
TITLE_TAKEN = "queue with this title already exists in the department."
NAME_TAKEN = "department with this name already exists."
# What a unique constraint says, for the value that lost a race.
TAKEN: Mapping[str | None, Mapping[str, list[str]]] = {
    "uq_queues_slug": {"slug": [SLUG_TAKEN]},
    "uq_queues_department_id_title": {"title": [TITLE_TAKEN]},
}


class QueueNotFound(NotFound):
    """No such queue."""

    message = "No Queue matches the given query."
    thing = "Queue"


class QueueInUse(Conflict):
    """Tickets are in it."""

    message = "This queue still has tickets. Deactivate it instead."


class DepartmentNotFound(NotFound):
    """No such department."""

    message = "No Department matches the given query."
    thing = "Department"


class DepartmentInUse(Conflict):
    """Queues are in it."""

    message = "This department still has queues."
