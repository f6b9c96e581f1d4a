"""What a caller hands in about custom fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict


@dataclass(frozen=True, slots=True)
class NewCustomField:
    """A field to define. `max_length` counts the characters of a text and the digits of a decimal."""

    name: str
    label: str
    data_type: str
    help_text: str = ""
    max_length: int | None = None
    decimal_places: int | None = None
    empty_selection_list: bool = False
    list_values: Sequence[str] = ()
    ordering: int | None = None
    required: bool = False
    staff_only: bool = False


class CustomFieldChanges(TypedDict, total=False):
    """A partial change of a definition: what is not named stays."""

    name: str
    label: str
    data_type: str
    help_text: str
    max_length: int | None
    decimal_places: int | None
    empty_selection_list: bool
    list_values: Sequence[str]
    ordering: int | None
    required: bool
    staff_only: bool
