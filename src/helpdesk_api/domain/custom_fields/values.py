"""Tickets' values of custom fields: read from what a client sends, checked by type, stored as JSON, shown again.

Pure functions over the definitions that `service.definitions` gives. Stored values are kept under the field's id as
text: numbers, booleans and texts as they are, decimals as their shortest text, dates and times as ISO 8601 (date-times
in UTC).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.parsing import numbers, texts, times
from helpdesk_api.domain.parsing.errors import NULL, REQUIRED, WrongValue
from helpdesk_api.models import CustomField

PREFIX = "custom_"


def wire_name(field: CustomField) -> str:
    """What a field is called beside a ticket's own fields."""
    return PREFIX + field.name


def _decimal(field: CustomField, value: Any) -> str:
    return f"{numbers.decimal(value, max_digits=field.max_length, places=field.decimal_places):f}"


_READERS: Mapping[str, Callable[[CustomField, Any], Any]] = {
    "varchar": lambda field, value: texts.text(value, max_length=field.max_length),
    "text": lambda field, value: texts.text(value, max_length=field.max_length),
    "integer": lambda _field, value: numbers.integer(value),
    "decimal": _decimal,
    "list": lambda field, value: texts.choice(value, field.list_values),
    "boolean": lambda _field, value: numbers.boolean(value),
    "date": lambda _field, value: times.day(value).isoformat(),
    "time": lambda _field, value: times.clock(value).isoformat(),
    "datetime": lambda _field, value: times.moment(value).isoformat().replace("+00:00", "Z"),
    "email": lambda field, value: texts.email(value, max_length=field.max_length),
    "url": lambda field, value: texts.url(value, max_length=field.max_length),
    "ipaddress": lambda _field, value: texts.network_address(value),
    "slug": lambda field, value: texts.slug(value, max_length=field.max_length),
}


def parse_value(field: CustomField, value: Any) -> Any:
    """The stored value of what a client sent; null, and "" for an empty choice, clear an optional field.

    Raises `WrongValue`.
    """
    if value is None and field.required:
        raise WrongValue(NULL)
    clears = field.data_type == "list" and field.empty_selection_list and not field.required and value == ""
    if value is None or clears:
        return None
    return _READERS[field.data_type](field, value)


def read_custom_values(
    definitions: Iterable[CustomField], raw: Mapping[str, Any], *, is_form: bool, partial: bool
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The values a body gives, by field id as text (`None` clears one), and the messages for those that are wrong.

    What is left out is in neither, but for required fields unless `partial`. Names that no field has are ignored. An
    empty field of a form clears an optional field, as null does in JSON.
    """
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for field in definitions:
        name = wire_name(field)
        if name not in raw:
            if field.required and not partial:
                errors[name] = [REQUIRED]
            continue
        given = raw[name]
        if is_form and given == "" and not field.required:
            given = None
        try:
            values[str(field.id)] = parse_value(field, given)
        except WrongValue as error:
            errors[name] = [str(error)]
    return values, errors


def wire_values(definitions: Iterable[CustomField], stored: Mapping[str, Any], *, staff: bool) -> dict[str, Any]:
    """What a ticket shows of its custom fields, in their order: null where there is no value.

    Fields that are staff's alone are left out for others. A choice that its list no longer has is still shown.
    """
    return {
        wire_name(field): _shown(field, stored.get(str(field.id)))
        for field in definitions
        if staff or not field.staff_only
    }


def _shown(field: CustomField, value: Any) -> Any:
    if field.data_type != "decimal" or field.decimal_places is None or not isinstance(value, str):
        return value
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    shown = f"{number:.{field.decimal_places}f}"
    return shown if Decimal(shown) == number else value


def parse_filter_value(field: CustomField, text: str) -> Any:
    """The stored value that a query parameter asks for.

    Raises `Invalid` on the field's wire name; where there are a few values to choose from, it names them.
    """
    allowed = {"list": field.list_values, "boolean": ["true", "false"]}.get(field.data_type)
    try:
        return _READERS[field.data_type](field, text)
    except WrongValue as error:
        hint = f" Allowed: {', '.join(allowed)}." if allowed else ""
        raise Invalid({wire_name(field): [f"{error}{hint}"]}) from None
