"""Custom fields in the answer to OPTIONS, as captured from django-helpdesk."""

from __future__ import annotations

from typing import Any

from helpdesk_api.dialects.django_helpdesk.custom_metadata import describe_custom_fields
from helpdesk_api.models import CustomField


def field_of(data_type: str, **values: Any) -> CustomField:
    """A definition as the database would give it."""
    given = {"required": False, "empty_selection_list": False, "list_values": [], "help_text": f"help {data_type}"}
    return CustomField(name=data_type, label=f"My {data_type}", data_type=data_type, **{**given, **values})


def test_every_type_has_the_captured_name_and_limits() -> None:
    plain = ("integer", "boolean", "date", "time", "datetime", "email", "url", "slug")
    definitions = [
        field_of("varchar", max_length=20),
        field_of("text", max_length=100),
        field_of("decimal", max_length=8, decimal_places=2),
        field_of("list", list_values=["red", "green"]),
        field_of("ipaddress"),
        *map(field_of, plain),
    ]
    common = {name: {"label": f"My {name}", "help_text": f"help {name}"} for name in (one.name for one in definitions)}
    rest: dict[str, dict[str, Any]] = {
        "varchar": {"type": "string", "max_length": 20},
        "text": {"type": "string", "max_length": 100},
        "decimal": {"type": "decimal", "max_digits": 8, "decimal_places": 2},
        "list": {
            "type": "choice",
            "choices": [{"value": "red", "display_name": "red"}, {"value": "green", "display_name": "green"}],
        },
        "ipaddress": {"type": "string"},
        **{name: {"type": name} for name in plain},
    }
    assert describe_custom_fields(definitions) == {
        f"custom_{name}": {"required": False, "read_only": False, **common[name], **rest[name]} for name in common
    }


def test_an_empty_choice_comes_first_and_no_help_is_left_out() -> None:
    field = field_of("list", list_values=["a"], empty_selection_list=True, required=True, help_text="")
    assert describe_custom_fields([field]) == {
        "custom_list": {
            "type": "choice",
            "required": True,
            "read_only": False,
            "label": "My list",
            "choices": [{"value": "", "display_name": "---------"}, {"value": "a", "display_name": "a"}],
        }
    }
