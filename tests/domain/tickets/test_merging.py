"""Merging one support ticket into another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select

from aftermath import events_of, stored
from factories import Account, make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.tickets import opening, support, uploads
from helpdesk_api.domain.tickets import service as tickets
from helpdesk_api.domain.tickets.commands import NewTicket
from helpdesk_api.models import Queue, Ticket
from helpdesk_api.storage.files import LocalFiles

Work = Callable[..., Awaitable[Any]]
OpenTicket = Callable[..., Awaitable[Ticket]]
CIRCLE = ["That ticket is merged into this one already."]


async def test_a_ticket_is_merged_and_taken_apart_again(
    session: Session, work: Work, open_ticket: OpenTicket, agent: Account
) -> None:
    one, other = await open_ticket(), await open_ticket()
    for target in (other.id, None):
        await work(support.change_ticket, agent.actor, one.id, {"merged_to_id": target})
        assert (await stored(session, one.id)).merged_to_id == target
    assert await events_of(session, one.id, after=1) == [
        ("ticket.merged", None, {"merged_to_id": {"from": None, "to": other.id}}),
        ("ticket.merged", None, {"merged_to_id": {"from": other.id, "to": None}}),
    ]


async def test_a_ticket_is_never_merged_into_itself_nor_in_a_circle(
    work: Work, open_ticket: OpenTicket, agent: Account
) -> None:
    first, second, third = [(await open_ticket()).id for _ in range(3)]
    for source, target in ((first, second), (second, third)):
        await work(support.change_ticket, agent.actor, source, {"merged_to_id": target})
    for source, target, message in (
        (first, first, ["A ticket cannot be merged into itself."]),
        (second, first, CIRCLE),
        (third, first, CIRCLE),
    ):
        with pytest.raises(Invalid) as refused:
            await work(support.change_ticket, agent.actor, source, {"merged_to_id": target})
        assert refused.value.fields == {"merged_to_id": message}
    assert (await work(support.change_ticket, agent.actor, first, {"merged_to_id": third})).merged_to_id == third


async def test_only_support_tickets_are_merged_into(work: Work, open_ticket: OpenTicket, agent: Account) -> None:
    ticket, upload = await open_ticket(), await work(uploads.open_upload_ticket, agent.actor, 3)
    for target in (upload.id, 999_999):
        with pytest.raises(Invalid) as refused:
            await work(support.change_ticket, agent.actor, ticket.id, {"merged_to_id": target})
        assert refused.value.fields == {"merged_to_id": [f'Invalid pk "{target}" - object does not exist.']}


async def test_a_ticket_that_goes_leaves_those_merged_into_it(
    session: Session, work: Work, open_ticket: OpenTicket, storage: LocalFiles, agent: Account
) -> None:
    one, other = await open_ticket(), await open_ticket()
    await work(support.change_ticket, agent.actor, one.id, {"merged_to_id": other.id})
    await work(tickets.delete_ticket, agent.actor, storage, other.id)
    assert (await stored(session, one.id)).merged_to_id is None


async def test_two_who_merge_at_once_make_no_circle(empty_database: Database, storage: LocalFiles) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        agent = await make_account(session, "agent", is_staff=True)
        queue = (await session.scalars(select(Queue))).one()
        new = NewTicket(queue_id=queue.id, title="x")
        one, other = [(await opening.open_ticket(session, agent.actor, storage, new)).id for _ in range(2)]

    async def merge(source: int, target: int) -> bool:
        try:
            async with unit_of_work(empty_database.sessions) as session:
                await support.change_ticket(session, agent.actor, source, {"merged_to_id": target})
        except Invalid:
            return False
        return True

    assert sorted(await asyncio.gather(merge(one, other), merge(other, one))) == [False, True]
