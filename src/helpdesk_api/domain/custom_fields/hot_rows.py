"""The custom fields' definitions as plain rows: every answer with support tickets asks for them.

The rows have the attributes of `CustomField` that tickets' values need;
`tests/domain/custom_fields/test_custom_fields.py` holds them against what the ORM reads.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, cast

from sqlalchemy import select

from helpdesk_api.db.session import Session
from helpdesk_api.db.statements import Statement, json_value
from helpdesk_api.models import CustomField


@dataclass(slots=True)
class CustomFieldRow:
    """A definition, as `CustomField`."""

    id: int
    name: str
    label: str
    help_text: str
    data_type: str
    max_length: int | None
    decimal_places: int | None
    empty_selection_list: bool
    list_values: Any
    ordering: int | None
    required: bool
    staff_only: bool

    def __post_init__(self) -> None:
        self.list_values = json_value(self.list_values)


_COLUMNS = [getattr(CustomField, one.name) for one in fields(CustomFieldRow)]
# The order in which they are shown.
ORDER = (CustomField.ordering.asc().nulls_last(), CustomField.id)
_ALL = Statement(select(*_COLUMNS).order_by(*ORDER))


async def list_all(session: Session) -> list[CustomField]:
    """Every definition in the order it is shown in."""
    return cast("list[CustomField]", [CustomFieldRow(*row) for row in await _ALL.all(session)])
