"""Custom fields: defined, changed, dropped. Staff write; everybody reads those that are not staff's alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.custom_fields.commands import CustomFieldChanges, NewCustomField
from helpdesk_api.domain.custom_fields.errors import (
    NAME_TAKEN,
    NO_CHOICES,
    TOO_MANY_PLACES,
    CustomFieldNotFound,
    in_use,
    still_chosen,
)
from helpdesk_api.domain.custom_fields.repository import CustomFieldRepository
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.events import service as events
from helpdesk_api.domain.policy import require_staff
from helpdesk_api.models import CustomField
from helpdesk_api.paging import Page, PageRequest

# What has to fit together in one definition.
TOGETHER = ("data_type", "list_values", "max_length", "decimal_places")


async def definitions(session: Session) -> Sequence[CustomField]:
    """Every definition in the order it is shown in; for reading and showing tickets' values (`values.py`)."""
    return await CustomFieldRepository(session).list_all()


async def list_fields(session: Session, actor: Actor, request: PageRequest) -> Page[CustomField]:
    """A page of definitions in the order they are shown in. Raises `PageOutOfRange`."""
    return await CustomFieldRepository(session).page(actor, request)


async def get_field(session: Session, actor: Actor, field_id: int) -> CustomField:
    """One definition. Raises `CustomFieldNotFound`."""
    field = await CustomFieldRepository(session).get(field_id, actor)
    if field is None:
        raise CustomFieldNotFound
    return field


async def problems_of_field(
    session: Session, given: Mapping[str, Any], existing: CustomField | None = None
) -> dict[str, list[str]]:
    """What is wrong with the values of a new definition, or of an existing one's changes, by field."""
    fields = CustomFieldRepository(session)
    kept = {} if existing is None else {name: getattr(existing, name) for name in TOGETHER}
    problems = _contradictions({**kept, **given})
    if "name" in given and await fields.is_name_taken(given["name"], but_for=existing.id if existing else None):
        problems["name"] = [NAME_TAKEN]
    return problems if existing is None else problems | await _orphans(fields, existing, given)


async def define_field(session: Session, actor: Actor, new: NewCustomField) -> CustomField:
    """Define a field; tickets there are already show null. Staff only. Raises `Forbidden`, `Invalid`."""
    require_staff(actor)
    values = {**asdict(new), "list_values": list(new.list_values)}
    if problems := await problems_of_field(session, values):
        raise Invalid(problems)
    field = CustomField(**values)
    if not await CustomFieldRepository(session).add(field):
        raise Invalid(name=[NAME_TAKEN])
    await events.record(session, actor, "custom_field.created", changes={"id": field.id, "name": field.name})
    return field


async def change_field(session: Session, actor: Actor, field_id: int, changes: CustomFieldChanges) -> CustomField:
    """Change a definition. What tickets have stays as it is: narrower limits hold for new values only. Staff only.

    Raises `CustomFieldNotFound`, `Forbidden`, and `Invalid` where values of tickets would be orphaned: by another type,
    or by a list without a choice that tickets use (it says how many).
    """
    require_staff(actor)
    fields = CustomFieldRepository(session)
    field = await fields.get(field_id, actor, lock=True)
    if field is None:
        raise CustomFieldNotFound
    differing = {name: value for name, value in changes.items() if getattr(field, name) != value}
    if problems := await problems_of_field(session, differing, field):
        raise Invalid(problems)
    changed = {name: {"from": getattr(field, name), "to": value} for name, value in differing.items()}
    if not await fields.change(field, differing):
        raise Invalid(name=[NAME_TAKEN])
    if changed:
        await events.record(session, actor, "custom_field.updated", changes={"id": field.id, **changed})
    return field


async def drop_field(session: Session, actor: Actor, field_id: int) -> None:
    """Delete a definition; old values stay stored out of sight. Staff only. Raises `CustomFieldNotFound`, `Forbidden`.

    Ids are never given twice, so a later field of the same name starts without values.
    """
    require_staff(actor)
    fields = CustomFieldRepository(session)
    field = await fields.get(field_id, actor, lock=True)
    if field is None:
        raise CustomFieldNotFound
    await fields.remove(field)
    await events.record(session, actor, "custom_field.deleted", changes={"id": field.id, "name": field.name})


async def _orphans(
    fields: CustomFieldRepository, field: CustomField, changes: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Where values of tickets would be left without a home."""
    if changes.get("data_type", field.data_type) != field.data_type:
        tickets = await fields.count_values(field.id)
        return {"data_type": [in_use(tickets)]} if tickets else {}
    if field.data_type != "list" or "list_values" not in changes:
        return {}
    uses = await fields.count_uses(field.id, set(field.list_values) - set(changes["list_values"]))
    return {"list_values": [still_chosen(*use) for use in sorted(uses.items())]} if uses else {}


def _contradictions(given: Mapping[str, Any]) -> dict[str, list[str]]:
    """What cannot be together; what is not given contradicts nothing but a list without values."""
    problems: dict[str, list[str]] = {}
    if given.get("data_type") == "list" and not given.get("list_values", ()):
        problems["list_values"] = [NO_CHOICES]
    digits, places = given.get("max_length"), given.get("decimal_places")
    if given.get("data_type") == "decimal" and digits is not None and (places or 0) > digits:
        problems["decimal_places"] = [TOO_MANY_PLACES]
    return problems
