"""Two views of one ticket: the stored status and priority, and the coarser stage and urgency derived from them.

Four stages say who has to move next; they are never stored. Three urgencies stand for the five priorities.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from helpdesk_api.domain.tickets.commands import CLOSED_STATUSES, Status


class Stage(IntEnum):
    """Who has to move next."""

    OPEN = 1
    CLOSED = 2
    IN_WORK = 3
    AWAITING_INFORMATION = 4


class Urgency(IntEnum):
    """How soon, in three steps."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class State:
    """What is stored of a ticket's progress."""

    status: int
    on_hold: bool
    assignee_id: int | None


def stage_of(state: State) -> Stage:
    """The stage a stored state is in."""
    if state.status in CLOSED_STATUSES:
        return Stage.CLOSED
    if state.on_hold:
        return Stage.AWAITING_INFORMATION
    return Stage.OPEN if state.assignee_id is None else Stage.IN_WORK


def moved_to(state: State, stage: Stage, actor_id: int) -> State:
    """The state that is stored when somebody moves a ticket to a stage; one it is in already stays as it is.

    A closed ticket that is worked on again is reopened.
    """
    if stage_of(state) == stage:
        return state
    status = Status.REOPENED if state.status in CLOSED_STATUSES else state.status
    match stage:
        case Stage.CLOSED:
            return State(Status.CLOSED, state.on_hold, state.assignee_id)
        case Stage.AWAITING_INFORMATION:
            return State(status, True, state.assignee_id)
        case Stage.IN_WORK:
            return State(status, False, state.assignee_id or actor_id)
        case Stage.OPEN:
            reopened = state.status in CLOSED_STATUSES
            return State(Status.REOPENED if reopened else Status.OPEN, False, None)


def urgency_of(priority: int) -> Urgency:
    """The urgency of a priority: 1 and 2 are high, 3 is medium, 4 and 5 are low."""
    if priority <= 2:
        return Urgency.HIGH
    return Urgency.MEDIUM if priority == 3 else Urgency.LOW


def priority_of(urgency: Urgency) -> int:
    """The priority that is stored for an urgency."""
    return {Urgency.HIGH: 2, Urgency.MEDIUM: 3, Urgency.LOW: 4}[urgency]
