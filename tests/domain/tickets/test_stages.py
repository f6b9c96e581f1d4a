"""The two coarser views of a ticket: four stages for its status, three urgencies for its priority."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import select

from factories import Account, make_department, make_queue
from helpdesk_api.db.session import Session
from helpdesk_api.domain.tickets.commands import Status
from helpdesk_api.domain.tickets.stage_conditions import STAGE, in_stages
from helpdesk_api.domain.tickets.stages import Stage, State, Urgency, moved_to, priority_of, stage_of, urgency_of
from helpdesk_api.models import Ticket

ACTOR, ASSIGNEE = 7, 8
OPEN, CLOSED, WORK, AWAITING = Stage.OPEN, Stage.CLOSED, Stage.IN_WORK, Stage.AWAITING_INFORMATION

# status, on hold, assigned: the stage
STAGES = [
    (Status.OPEN, False, None, OPEN),
    (Status.OPEN, False, ASSIGNEE, WORK),
    (Status.OPEN, True, None, AWAITING),
    (Status.OPEN, True, ASSIGNEE, AWAITING),
    (Status.REOPENED, False, None, OPEN),
    (Status.REOPENED, False, ASSIGNEE, WORK),
    (Status.REOPENED, True, None, AWAITING),
    (Status.REOPENED, True, ASSIGNEE, AWAITING),
    *(
        (status, on_hold, assignee, CLOSED)
        for status in (Status.RESOLVED, Status.CLOSED, Status.DUPLICATE)
        for on_hold in (False, True)
        for assignee in (None, ASSIGNEE)
    ),
]

# status, on hold, assigned; moved to; status, on hold, assigned
MOVES = [
    ((1, False, None), OPEN, (1, False, None)),
    ((2, False, None), OPEN, (2, False, None)),
    ((1, False, ASSIGNEE), OPEN, (1, False, None)),
    ((2, True, ASSIGNEE), OPEN, (1, False, None)),
    ((3, False, None), OPEN, (2, False, None)),
    ((4, True, ASSIGNEE), OPEN, (2, False, None)),
    ((5, False, ASSIGNEE), OPEN, (2, False, None)),
    ((1, False, None), CLOSED, (4, False, None)),
    ((2, True, ASSIGNEE), CLOSED, (4, True, ASSIGNEE)),
    ((3, False, ASSIGNEE), CLOSED, (3, False, ASSIGNEE)),
    ((5, False, None), CLOSED, (5, False, None)),
    ((1, False, None), WORK, (1, False, ACTOR)),
    ((1, True, None), WORK, (1, False, ACTOR)),
    ((2, True, ASSIGNEE), WORK, (2, False, ASSIGNEE)),
    ((3, False, ASSIGNEE), WORK, (2, False, ASSIGNEE)),
    ((4, True, None), WORK, (2, False, ACTOR)),
    ((1, False, None), AWAITING, (1, True, None)),
    ((2, False, ASSIGNEE), AWAITING, (2, True, ASSIGNEE)),
    ((4, False, ASSIGNEE), AWAITING, (2, True, ASSIGNEE)),
    ((5, True, None), AWAITING, (2, True, None)),
]

# priority, urgency, and the priority that is stored for it
URGENCIES = [
    (1, Urgency.HIGH, 2),
    (2, Urgency.HIGH, 2),
    (3, Urgency.MEDIUM, 3),
    (4, Urgency.LOW, 4),
    (5, Urgency.LOW, 4),
]


@pytest.mark.parametrize(("status", "on_hold", "assignee", "stage"), STAGES)
def test_the_stage_follows_from_what_is_stored(status: int, on_hold: bool, assignee: int | None, stage: Stage) -> None:
    assert stage_of(State(status, on_hold, assignee)) is stage


@pytest.mark.parametrize(("before", "stage", "after"), MOVES)
def test_moving_to_a_stage_stores_what_gives_that_stage(
    before: tuple[int, bool, int | None], stage: Stage, after: tuple[int, bool, int | None]
) -> None:
    assert moved_to(State(*before), stage, ACTOR) == State(*after)


def test_every_ticket_can_be_moved_to_every_stage_and_is_in_it_then() -> None:
    for status, on_hold, assignee, stage in itertools.product(Status, (False, True), (None, ASSIGNEE), Stage):
        assert stage_of(moved_to(State(status, on_hold, assignee), stage, ACTOR)) is stage


@pytest.mark.parametrize(("priority", "urgency", "stored"), URGENCIES)
def test_three_urgencies_stand_for_five_priorities(priority: int, urgency: Urgency, stored: int) -> None:
    assert urgency_of(priority) is urgency
    assert priority_of(urgency) == stored


async def test_the_database_sees_the_same_stages(session: Session, requester: Account, stranger: Account) -> None:
    queue = await make_queue(session, "Dataset", await make_department(session, "Design"))
    expected = {}
    for status, on_hold, assignee, stage in STAGES:
        ticket = Ticket(
            kind="support",
            creator_id=requester.id,
            queue_id=queue.id,
            title="t",
            description="d",
            submitter_email="",
            status=status,
            on_hold=on_hold,
            assignee_id=assignee and stranger.id,
            priority=3,
        )
        session.add(ticket)
        await session.flush()
        expected[ticket.id] = stage
    rows = await session.execute(select(Ticket.id, STAGE).where(Ticket.queue_id == queue.id))
    assert dict(rows.all()) == expected
    for wanted in ((OPEN,), (CLOSED, WORK), tuple(Stage), ()):
        found = set(await session.scalars(select(Ticket.id).where(Ticket.queue_id == queue.id, in_stages(wanted))))
        assert found == {ticket_id for ticket_id, stage in expected.items() if stage in wanted}
