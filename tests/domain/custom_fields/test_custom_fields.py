"""Definitions of custom fields, and what keeps them from being changed."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy import select

from factories import Account, make_account
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import Session, unit_of_work
from helpdesk_api.domain.custom_fields import service as custom_fields
from helpdesk_api.domain.custom_fields.commands import NewCustomField
from helpdesk_api.domain.custom_fields.errors import CustomFieldNotFound
from helpdesk_api.domain.custom_fields.hot_rows import CustomFieldRow
from helpdesk_api.domain.errors import Forbidden, Invalid
from helpdesk_api.models import CustomField, Event, Queue, Ticket
from helpdesk_api.paging import PageRequest
from query_count import counted

ONE_PAGE = PageRequest(1, 100)
TAKEN = {"name": ["custom field with this name already exists."]}


async def define(session: Session, agent: Account, name: str, data_type: str = "varchar", **values: Any) -> CustomField:
    """A field defined by an agent."""
    return await custom_fields.define_field(
        session, agent.actor, NewCustomField(name, name.title(), data_type, **values)
    )


async def make_ticket(session: Session, creator: Account, values: dict[str, Any]) -> Ticket:
    """A support ticket with these stored values of custom fields."""
    ticket = Ticket(
        kind="support",
        creator_id=creator.id,
        queue_id=await session.scalar(select(Queue.id)),
        title="A ticket",
        description="",
        submitter_email="",
        status=1,
        priority=3,
        custom_values=values,
    )
    session.add(ticket)
    await session.flush()
    return ticket


async def test_fields_stand_in_their_order_and_those_without_one_last(session: Session, agent: Account) -> None:
    for name, ordering in (("last", None), ("second", 5), ("first", -1), ("third", 5)):
        await define(session, agent, name, ordering=ordering)
    in_order = ["first", "second", "third", "last"]
    assert [field.name for field in await custom_fields.definitions(session)] == in_order
    page = await custom_fields.list_fields(session, agent.actor, ONE_PAGE)
    assert [field.name for field in page.items] == in_order


async def test_all_definitions_take_one_query(session: Session, agent: Account) -> None:
    await define(session, agent, "colour", "list", list_values=["red"])
    await session.flush()
    async with counted(await session.connection()) as queries:
        await custom_fields.definitions(session)
    assert len(queries) == 1


async def test_definitions_as_plain_rows_are_what_the_orm_reads(session: Session, agent: Account) -> None:
    await define(session, agent, "size", "decimal", max_length=5, decimal_places=2, ordering=2)
    await define(session, agent, "colour", "list", list_values=["red", "blue"], ordering=1)
    await session.flush()
    models = (await session.scalars(select(CustomField).order_by(CustomField.ordering))).all()
    rows = await custom_fields.definitions(session)
    names = [one.name for one in fields(CustomFieldRow)]
    assert [[getattr(row, name) for name in names] for row in rows] == [
        [getattr(model, name) for name in names] for model in models
    ]


async def test_plain_users_read_all_but_staff_s_own_fields(
    session: Session, agent: Account, requester: Account
) -> None:
    public, hidden = await define(session, agent, "public"), await define(session, agent, "hidden", staff_only=True)
    page = await custom_fields.list_fields(session, requester.actor, ONE_PAGE)
    assert [field.name for field in page.items] == ["public"]
    assert (await custom_fields.get_field(session, requester.actor, public.id)).name == "public"
    with pytest.raises(CustomFieldNotFound):
        await custom_fields.get_field(session, requester.actor, hidden.id)
    assert (await custom_fields.get_field(session, agent.actor, hidden.id)).name == "hidden"


async def test_only_staff_write(session: Session, agent: Account, requester: Account) -> None:
    field = await define(session, agent, "colour")
    with pytest.raises(Forbidden):
        await custom_fields.define_field(session, requester.actor, NewCustomField("x", "X", "varchar"))
    with pytest.raises(Forbidden):
        await custom_fields.change_field(session, requester.actor, field.id, {"label": "X"})
    with pytest.raises(Forbidden):
        await custom_fields.drop_field(session, requester.actor, field.id)


async def test_what_cannot_be_together_is_refused(session: Session, agent: Account) -> None:
    for values, problems in (
        ({"data_type": "list"}, {"list_values": ["A list needs at least one value."]}),
        (
            {"data_type": "decimal", "max_length": 2, "decimal_places": 3},
            {"decimal_places": ["There cannot be more decimal places than digits (max_length)."]},
        ),
    ):
        with pytest.raises(Invalid) as refused:
            await define(session, agent, "field", **values)
        assert refused.value.fields == problems


async def test_a_change_has_to_fit_what_stays(session: Session, agent: Account) -> None:
    field = await define(session, agent, "price", "decimal", max_length=8, decimal_places=2)
    with pytest.raises(Invalid) as refused:
        await custom_fields.change_field(session, agent.actor, field.id, {"max_length": 1})
    assert list(refused.value.fields) == ["decimal_places"]
    with pytest.raises(Invalid) as refused:
        await custom_fields.change_field(session, agent.actor, field.id, {"data_type": "list"})
    assert list(refused.value.fields) == ["list_values"]


async def test_a_name_is_taken_once(session: Session, agent: Account) -> None:
    await define(session, agent, "colour")
    other = await define(session, agent, "size")
    with pytest.raises(Invalid) as refused:
        await define(session, agent, "colour")
    assert refused.value.fields == TAKEN
    with pytest.raises(Invalid) as refused:
        await custom_fields.change_field(session, agent.actor, other.id, {"name": "colour"})
    assert refused.value.fields == TAKEN
    assert (await custom_fields.change_field(session, agent.actor, other.id, {"name": "size"})).name == "size"


async def test_a_list_keeps_the_choices_that_tickets_use(session: Session, agent: Account) -> None:
    field = await define(session, agent, "colour", "list", list_values=["red", "green", "blue"])
    for colour in ("red", "red", "blue"):
        await make_ticket(session, agent, {str(field.id): colour})
    with pytest.raises(Invalid) as refused:
        await custom_fields.change_field(session, agent.actor, field.id, {"list_values": ["yellow"]})
    assert refused.value.fields == {"list_values": ['1 ticket uses "blue".', '2 tickets use "red".']}
    changed = await custom_fields.change_field(session, agent.actor, field.id, {"list_values": ["blue", "red"]})
    assert changed.list_values == ["blue", "red"]
    more = await custom_fields.change_field(session, agent.actor, field.id, {"list_values": ["red", "blue", "white"]})
    assert more.list_values == ["red", "blue", "white"]


async def test_a_type_stays_while_tickets_have_a_value(session: Session, agent: Account) -> None:
    field = await define(session, agent, "size")
    await make_ticket(session, agent, {str(field.id): None})
    ticket = await make_ticket(session, agent, {str(field.id): "large"})
    with pytest.raises(Invalid) as refused:
        await custom_fields.change_field(session, agent.actor, field.id, {"data_type": "integer"})
    assert refused.value.fields == {"data_type": ["1 ticket has a value of this type."]}
    ticket.custom_values = {}
    await session.flush()
    assert (await custom_fields.change_field(session, agent.actor, field.id, {"data_type": "integer"})).data_type == (
        "integer"
    )


async def test_a_new_field_of_an_old_name_starts_without_values(session: Session, agent: Account) -> None:
    field = await define(session, agent, "colour")
    ticket = await make_ticket(session, agent, {str(field.id): "red"})
    await custom_fields.drop_field(session, agent.actor, field.id)
    again = await define(session, agent, "colour")
    assert str(again.id) not in ticket.custom_values
    with pytest.raises(CustomFieldNotFound):
        await custom_fields.drop_field(session, agent.actor, field.id)
    with pytest.raises(CustomFieldNotFound):
        await custom_fields.change_field(session, agent.actor, field.id, {"label": "X"})


async def test_every_change_is_an_event(session: Session, agent: Account) -> None:
    field = await define(session, agent, "colour")
    await custom_fields.change_field(session, agent.actor, field.id, {"label": "Hue", "required": False})
    await custom_fields.change_field(session, agent.actor, field.id, {"label": "Hue"})
    await custom_fields.drop_field(session, agent.actor, field.id)
    await session.flush()
    found = await session.execute(select(Event.type, Event.actor_id, Event.changes).order_by(Event.id))
    assert list(map(tuple, found)) == [
        ("custom_field.created", agent.id, {"id": field.id, "name": "colour"}),
        ("custom_field.updated", agent.id, {"id": field.id, "label": {"from": "Colour", "to": "Hue"}}),
        ("custom_field.deleted", agent.id, {"id": field.id, "name": "colour"}),
    ]


async def test_of_two_racing_definitions_one_wins_and_one_is_told(empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        agent = await make_account(session, "agent", is_staff=True)

    async def race() -> CustomField:
        async with unit_of_work(empty_database.sessions) as session:
            return await define(session, agent, "colour")

    outcomes = await asyncio.gather(*[race() for _ in range(8)], return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CustomField"] + ["Invalid"] * 7
    assert [outcome.fields for outcome in outcomes if isinstance(outcome, Invalid)] == [TAKEN] * 7


async def test_of_two_racing_new_names_one_wins_and_one_is_told(empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        agent = await make_account(session, "agent", is_staff=True)
        fields = [await define(session, agent, f"field-{number}") for number in range(8)]

    async def race(field: CustomField) -> CustomField:
        async with unit_of_work(empty_database.sessions) as session:
            return await custom_fields.change_field(session, agent.actor, field.id, {"name": "colour"})

    outcomes = await asyncio.gather(*map(race, fields), return_exceptions=True)
    assert [outcome.fields for outcome in outcomes if isinstance(outcome, Invalid)] == [TAKEN] * 7
