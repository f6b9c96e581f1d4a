"""The custom fields' definitions as plain rows: every answer with support tickets asks for them.

The rows have the attributes of `CustomField` that tickets' values need;
`tests/domain/custom_fields/test_custom_fields.py` holds them against what the ORM reads.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Text, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from helpdesk_api.db.session import ReadSession, Session
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
# All of them as one column of another statement, which saves a round trip: see `note`.
AS_COLUMN = (
    select(func.json_agg(aggregate_order_by(func.json_build_array(*_COLUMNS), *ORDER)).cast(Text))
    .scalar_subquery()
    .label("definitions")
)
_BESIDE = "custom_fields"


async def list_all(session: Session) -> Sequence[CustomField]:
    """Every definition in the order it is shown in."""
    if isinstance(session, ReadSession) and _BESIDE in session.read_beside:
        return _read(session.read_beside[_BESIDE])
    return cast("list[CustomField]", [CustomFieldRow(*row) for row in await _ALL.all(session)])


def note(session: Session, definitions: str | None) -> None:
    """Take what a statement had as `AS_COLUMN` for what `list_all` is to answer in this request."""
    if isinstance(session, ReadSession):
        session.read_beside[_BESIDE] = definitions


@lru_cache(maxsize=4)
def _read(definitions: str | None) -> Sequence[CustomField]:
    return cast("Sequence[CustomField]", tuple(CustomFieldRow(*row) for row in json.loads(definitions or "[]")))
