"""Queries on custom fields, and on how tickets use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.exc import IntegrityError

from helpdesk_api.db.paginate import fetch_page
from helpdesk_api.db.session import Session
from helpdesk_api.domain.actor import Actor
from helpdesk_api.domain.custom_fields import hot_rows
from helpdesk_api.domain.policy import visible_custom_fields
from helpdesk_api.models import CustomField, Ticket
from helpdesk_api.paging import Page, PageRequest


class CustomFieldRepository:
    """Definitions, in the order they are shown in."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def list_all(self) -> Sequence[CustomField]:
        """Every definition, whoever asks."""
        return await hot_rows.list_all(self._session)

    async def page(self, actor: Actor, request: PageRequest) -> Page[CustomField]:
        """A page of the definitions the actor may see."""
        query = select(CustomField).where(visible_custom_fields(actor))
        return await fetch_page(self._session, query.order_by(*hot_rows.ORDER), request)

    async def get(self, field_id: int, actor: Actor, *, lock: bool = False) -> CustomField | None:
        """One definition the actor may see; `lock` keeps others from changing it meanwhile."""
        query = select(CustomField).where(CustomField.id == field_id, visible_custom_fields(actor))
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        return await self._session.scalar(query)

    async def is_name_taken(self, name: str, but_for: int | None = None) -> bool:
        """Whether another definition has this name already."""
        query = exists().where(CustomField.name == name)
        if but_for is not None:
            query = query.where(CustomField.id != but_for)
        return bool(await self._session.scalar(select(query)))

    async def add(self, field: CustomField) -> bool:
        """Store a new definition; false when the name was taken meanwhile."""
        try:
            async with self._session.begin_nested():
                self._session.add(field)
        except IntegrityError:
            return False
        return True

    async def change(self, field: CustomField, values: Mapping[str, Any]) -> bool:
        """Set these values of a definition; false when the name was taken meanwhile."""
        try:
            async with self._session.begin_nested():
                for name, value in values.items():
                    setattr(field, name, value)
        except IntegrityError:
            return False
        return True

    async def remove(self, field: CustomField) -> None:
        """Delete a definition; what tickets hold under its id stays, and is never shown again."""
        await self._session.execute(delete(CustomField).where(CustomField.id == field.id))

    async def count_values(self, field_id: int) -> int:
        """How many tickets have a value of this field."""
        value = Ticket.custom_values[str(field_id)].astext
        return await self._session.scalar(select(func.count()).where(value.is_not(None))) or 0

    async def count_uses(self, field_id: int, values: Iterable[str]) -> dict[str, int]:
        """How many tickets have each of these values of the field; values nobody uses are left out."""
        key = str(field_id)
        ways = [Ticket.custom_values.contains({key: value}) for value in values]
        if not ways:
            return {}
        value = Ticket.custom_values[key].astext
        found = await self._session.execute(select(value, func.count()).where(or_(*ways)).group_by(value))
        return dict(found.all())
