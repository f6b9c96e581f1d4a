"""Who may do what with a support ticket, in which state, and what is written down of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.domain.errors import Forbidden, Invalid
from helpdesk_api.domain.tickets import workflow
from helpdesk_api.domain.tickets.commands import Status
from helpdesk_api.domain.tickets.errors import (
    TicketClosed,
    TicketNotAssigned,
    TicketNotClosed,
    TicketNotFound,
    TicketTaken,
)
from helpdesk_api.domain.tickets.stages import Stage, Urgency
from helpdesk_api.domain.tickets.support import get_support_ticket
from helpdesk_api.models import Event, FollowUp, Subscription, Ticket

Step = Callable[[Session, Account, Ticket], Awaitable[object]]


@pytest.fixture
async def ticket(session: Session, open_ticket: Callable[[Account], Awaitable[Ticket]], requester: Account) -> Ticket:
    """An open ticket of the requester that nobody works on."""
    return await session.get_one(Ticket, (await open_ticket(requester)).id)


async def claim(session: Session, account: Account, ticket: Ticket) -> object:
    return await workflow.claim(session, account.actor, ticket.id)


async def take(session: Session, account: Account, ticket: Ticket) -> object:
    return await workflow.assign(session, account.actor, ticket.id, account.id)


async def release(session: Session, account: Account, ticket: Ticket) -> object:
    return await workflow.release(session, account.actor, ticket.id)


async def close(session: Session, account: Account, ticket: Ticket) -> object:
    return await workflow.close(session, account.actor, ticket.id)


async def reopen(session: Session, account: Account, ticket: Ticket) -> object:
    return await workflow.reopen(session, account.actor, ticket.id)


async def put(session: Session, ticket: Ticket, **values: object) -> None:
    """Store a state."""
    for name, value in values.items():
        setattr(ticket, name, value)
    await session.flush()


async def events_since(session: Session, ticket: Ticket, event_type: str) -> list[tuple[int | None, int | None]]:
    """Who did something of this type, and to whom."""
    await session.flush()
    query = select(Event).where(Event.ticket_id == ticket.id, Event.type == event_type).order_by(Event.id)
    return [(event.actor_id, event.recipient_id) for event in await session.scalars(query)]


async def follows(session: Session, ticket: Ticket, account: Account) -> bool:
    query = select(Subscription.id).where(Subscription.ticket_id == ticket.id, Subscription.user_id == account.id)
    return await session.scalar(query) is not None


async def test_staff_claim_a_ticket_that_nobody_works_on_and_follow_it(
    session: Session, ticket: Ticket, agent: Account
) -> None:
    assert (await workflow.claim(session, agent.actor, ticket.id)).assignee_id == agent.id
    assert await events_since(session, ticket, "ticket.claimed") == [(agent.id, agent.id)]
    assert await follows(session, ticket, agent)


async def test_claiming_ones_own_ticket_again_changes_nothing(session: Session, ticket: Ticket, agent: Account) -> None:
    await workflow.claim(session, agent.actor, ticket.id)
    await workflow.claim(session, agent.actor, ticket.id)
    assert await events_since(session, ticket, "ticket.claimed") == [(agent.id, agent.id)]


async def test_a_ticket_somebody_else_works_on_cannot_be_claimed_but_assigned(
    session: Session, ticket: Ticket, agent: Account, admin: Account
) -> None:
    await workflow.claim(session, agent.actor, ticket.id)
    with pytest.raises(TicketTaken):
        await workflow.claim(session, admin.actor, ticket.id)
    assert (await workflow.assign(session, admin.actor, ticket.id, admin.id)).assignee_id == admin.id


async def test_an_assignee_may_be_anybody_active_and_follows_the_ticket(
    session: Session, ticket: Ticket, agent: Account, stranger: Account
) -> None:
    await workflow.assign(session, agent.actor, ticket.id, stranger.id)
    assert await events_since(session, ticket, "ticket.assigned") == [(agent.id, stranger.id)]
    assert await follows(session, ticket, stranger)
    assert (await get_support_ticket(session, stranger.actor, ticket.id)).id == ticket.id


async def test_nobody_who_is_not_there_or_not_active_is_assigned(
    session: Session, ticket: Ticket, agent: Account, stranger: Account
) -> None:
    stranger.user.is_active = False
    await session.flush()
    for user_id in (0, stranger.id):
        with pytest.raises(Invalid) as refusal:
            await workflow.assign(session, agent.actor, ticket.id, user_id)
        assert refusal.value.fields == {"user_id": ["There is no such active user."]}


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED, Status.DUPLICATE])
@pytest.mark.parametrize("step", [claim, take, close])
async def test_a_closed_ticket_cannot_be_worked_on(
    session: Session, ticket: Ticket, admin: Account, status: Status, step: Step
) -> None:
    await put(session, ticket, status=status.value)
    with pytest.raises(TicketClosed):
        await step(session, admin, ticket)


async def test_a_closed_ticket_is_not_released(session: Session, ticket: Ticket, admin: Account) -> None:
    await put(session, ticket, status=4, assignee_id=admin.id)
    with pytest.raises(TicketClosed):
        await release(session, admin, ticket)


@pytest.mark.parametrize("step", [claim, take])
async def test_plain_users_neither_claim_nor_assign(
    session: Session, ticket: Ticket, requester: Account, step: Step
) -> None:
    with pytest.raises(Forbidden):
        await step(session, requester, ticket)


@pytest.mark.parametrize("step", [claim, take, release, close, reopen])
async def test_what_somebody_may_not_see_is_not_there(
    session: Session, ticket: Ticket, stranger: Account, step: Step
) -> None:
    with pytest.raises(TicketNotFound):
        await step(session, stranger, ticket)


async def test_its_assignee_gives_a_ticket_back(session: Session, ticket: Ticket, agent: Account) -> None:
    await workflow.claim(session, agent.actor, ticket.id)
    assert (await workflow.release(session, agent.actor, ticket.id)).assignee_id is None
    assert await events_since(session, ticket, "ticket.released") == [(agent.id, agent.id)]


async def test_a_plain_assignee_gives_a_ticket_back(
    session: Session, ticket: Ticket, agent: Account, stranger: Account
) -> None:
    await workflow.assign(session, agent.actor, ticket.id, stranger.id)
    assert (await workflow.release(session, stranger.actor, ticket.id)).assignee_id is None


async def test_another_agent_does_not_give_a_ticket_back_but_an_admin_does(
    session: Session, ticket: Ticket, agent: Account, admin: Account, requester: Account
) -> None:
    await workflow.assign(session, admin.actor, ticket.id, requester.id)
    with pytest.raises(Forbidden):
        await workflow.release(session, agent.actor, ticket.id)
    assert (await workflow.release(session, admin.actor, ticket.id)).assignee_id is None


async def test_a_ticket_nobody_works_on_cannot_be_given_back(
    session: Session, ticket: Ticket, agent: Account, requester: Account
) -> None:
    with pytest.raises(TicketNotAssigned):
        await workflow.release(session, agent.actor, ticket.id)
    with pytest.raises(Forbidden):
        await workflow.release(session, requester.actor, ticket.id)


async def test_staff_and_the_opener_close_and_reopen(
    session: Session, ticket: Ticket, requester: Account, agent: Account, admin: Account
) -> None:
    for account in (requester, agent, admin):
        assert (await workflow.close(session, account.actor, ticket.id)).status == Status.CLOSED
        assert (await workflow.reopen(session, account.actor, ticket.id)).status == Status.REOPENED


async def test_the_requester_closes_a_ticket_that_somebody_else_opened(
    session: Session, ticket: Ticket, agent: Account, requester: Account
) -> None:
    await put(session, ticket, creator_id=agent.id)
    assert (await workflow.close(session, requester.actor, ticket.id)).status == Status.CLOSED


async def test_a_plain_assignee_closes_but_a_mere_subscriber_does_not(
    session: Session, ticket: Ticket, agent: Account, stranger: Account
) -> None:
    await workflow.assign(session, agent.actor, ticket.id, stranger.id)
    await workflow.release(session, stranger.actor, ticket.id)
    assert await follows(session, ticket, stranger)
    with pytest.raises(Forbidden):
        await workflow.close(session, stranger.actor, ticket.id)
    await workflow.assign(session, agent.actor, ticket.id, stranger.id)
    assert (await workflow.close(session, stranger.actor, ticket.id)).status == Status.CLOSED


async def test_an_open_ticket_cannot_be_reopened(session: Session, ticket: Ticket, agent: Account) -> None:
    with pytest.raises(TicketNotClosed):
        await workflow.reopen(session, agent.actor, ticket.id)


async def test_a_last_word_is_kept_as_a_public_reply_and_counts(
    session: Session, ticket: Ticket, requester: Account
) -> None:
    await workflow.close(session, requester.actor, ticket.id, "It works again.")
    query = select(FollowUp).where(FollowUp.ticket_id == ticket.id, FollowUp.is_opening.is_(False))
    said = (await session.scalars(query)).one()
    assert (said.comment, said.public, said.new_status, said.author_id) == ("It works again.", True, 4, requester.id)
    await session.refresh(ticket)
    assert ticket.reply_count == 1


async def test_closing_without_a_word_is_no_reply(session: Session, ticket: Ticket, requester: Account) -> None:
    await workflow.close(session, requester.actor, ticket.id)
    await session.refresh(ticket)
    assert ticket.reply_count == 0


@pytest.mark.parametrize(
    ("stage", "status", "on_hold", "is_assigned"),
    [
        (Stage.OPEN, 1, False, False),
        (Stage.CLOSED, 4, False, False),
        (Stage.IN_WORK, 1, False, True),
        (Stage.AWAITING_INFORMATION, 1, True, False),
    ],
)
async def test_moving_a_ticket_to_a_stage_stores_what_the_stage_is_derived_from(
    session: Session, ticket: Ticket, agent: Account, stage: Stage, status: int, on_hold: bool, is_assigned: bool
) -> None:
    changed = await workflow.change(session, agent.actor, ticket.id, {}, stage=stage)
    assert (changed.status, changed.on_hold, changed.assignee_id) == (
        status,
        on_hold,
        agent.id if is_assigned else None,
    )


@pytest.mark.parametrize(
    ("stored", "urgency", "kept"),
    [(1, Urgency.HIGH, 1), (5, Urgency.LOW, 5), (1, Urgency.LOW, 4), (5, Urgency.HIGH, 2), (3, Urgency.MEDIUM, 3)],
)
async def test_an_urgency_a_ticket_has_already_keeps_its_finer_priority(
    session: Session, ticket: Ticket, agent: Account, stored: int, urgency: Urgency, kept: int
) -> None:
    await put(session, ticket, priority=stored)
    assert (await workflow.change(session, agent.actor, ticket.id, {}, urgency=urgency)).priority == kept


async def test_a_queue_that_is_not_there_is_refused(session: Session, ticket: Ticket, agent: Account) -> None:
    with pytest.raises(Invalid) as refusal:
        await workflow.change(session, agent.actor, ticket.id, {"queue_id": 0})
    assert list(refusal.value.fields) == ["queue_id"]


async def test_closing_by_a_change_is_for_those_who_may_close(
    session: Session, ticket: Ticket, agent: Account, stranger: Account
) -> None:
    await workflow.assign(session, agent.actor, ticket.id, stranger.id)
    with pytest.raises(Forbidden):
        await workflow.change(session, stranger.actor, ticket.id, {"title": "Mine"}, stage=Stage.CLOSED)
    assert (await workflow.change(session, stranger.actor, ticket.id, {}, stage=Stage.CLOSED)).status == Status.CLOSED
