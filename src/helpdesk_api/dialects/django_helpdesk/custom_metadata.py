"""Custom fields as `OPTIONS` describes them beside a ticket's own fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from helpdesk_api.domain.custom_fields.values import wire_name
from helpdesk_api.models import CustomField

# DRF's words for the types it does not simply call by their own name.
_TYPES = {"varchar": "string", "text": "string", "ipaddress": "string", "list": "choice"}
_TEXTS = frozenset(("varchar", "text", "email", "url", "slug"))


def describe_custom_fields(definitions: Iterable[CustomField]) -> dict[str, dict[str, Any]]:
    """Every custom field with its type and limits, in their order."""
    return {wire_name(field): _described(field) for field in definitions}


def _described(field: CustomField) -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": _TYPES.get(field.data_type, field.data_type),
        "required": field.required,
        "read_only": False,
        "label": field.label,
    }
    if field.help_text:
        described["help_text"] = field.help_text
    if field.data_type in _TEXTS and field.max_length is not None:
        described["max_length"] = field.max_length
    if field.data_type == "decimal":
        described |= {"max_digits": field.max_length, "decimal_places": field.decimal_places}
    if field.data_type == "list":
        described["choices"] = _choices(field)
    return {name: value for name, value in described.items() if value is not None}


def _choices(field: CustomField) -> list[dict[str, str]]:
    empty = [{"value": "", "display_name": "---------"}] if field.empty_selection_list else []
    return empty + [{"value": value, "display_name": value} for value in field.list_values]
