"""What a support ticket refers to: its queue, its assignee, and the ticket it is merged into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.parsing.errors import missing
from helpdesk_api.domain.queues.destinations import destination_of
from helpdesk_api.domain.tickets import merging
from helpdesk_api.domain.users import service as users
from helpdesk_api.models import Ticket

INACTIVE = "This queue takes no new tickets."


async def problems_of_references(
    session: Session, actor: Actor, given: Mapping[str, Any], ticket: Ticket | None = None
) -> dict[str, list[str]]:
    """What is wrong with the references of a new ticket, or of an existing one's changes, by field of the core.

    What a ticket refers to already may stay, whatever has become of it.
    """
    problems = {}
    for name, find_problem in _CHECKS.items():
        wanted = given.get(name)
        if wanted is None or (ticket is not None and wanted == getattr(ticket, name)):
            continue
        if message := await find_problem(session, actor, wanted, ticket):
            problems[name] = [message]
    return problems


async def _problem_of_queue(session: Session, _actor: Actor, queue_id: int, _ticket: Ticket | None) -> str | None:
    destination = await destination_of(session, queue_id, None)
    if destination is None:
        return missing(queue_id)
    return None if destination.is_open else INACTIVE


async def _problem_of_assignee(session: Session, _actor: Actor, user_id: int, _ticket: Ticket | None) -> str | None:
    return None if await users.is_active(session, user_id) else missing(user_id)


_CHECKS = {
    "queue_id": _problem_of_queue,
    "assignee_id": _problem_of_assignee,
    "merged_to_id": merging.problem_of_target,
}
