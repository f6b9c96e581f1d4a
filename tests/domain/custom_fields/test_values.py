"""Values of custom fields: what is taken, how it is stored and shown, what is said of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from helpdesk_api.domain.custom_fields.values import parse_filter_value, read_custom_values, wire_values
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.models import CustomField

NO_DATE = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."
NO_TIME = "Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]]."
NO_DATETIME = (
    "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
)
NO_STRING = "Not a valid string."
NO_INTEGER = "A valid integer is required."
NO_NUMBER = "A valid number is required."
NO_BOOLEAN = "Must be a valid boolean."
NO_EMAIL = "Enter a valid email address."
NO_URL = "Enter a valid URL."
NO_ADDRESS = "Enter a valid IPv4 or IPv6 address."
NO_SLUG = 'Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.'
NO_BLANK = "This field may not be blank."
NO_NUL = "Null characters are not allowed."
NO_SURROGATE = "Surrogate characters are not allowed: U+D800."


def field_of(data_type: str, field_id: int = 1, **values: Any) -> CustomField:
    """A definition as the database would give it."""
    given = {
        "name": data_type,
        "required": False,
        "staff_only": False,
        "empty_selection_list": False,
        "list_values": [],
    }
    return CustomField(id=field_id, data_type=data_type, **{**given, **values})


COLOURS = field_of("list", list_values=["red", "green", "7"])
PRICE = field_of("decimal", max_length=8, decimal_places=2)
EVERY_TYPE = [
    field_of("varchar", 1, max_length=20),
    field_of("text", 2, max_length=100),
    field_of("integer", 3),
    field_of("decimal", 4, max_length=8, decimal_places=2),
    field_of("list", 5, list_values=["red", "green", "blue"]),
    field_of("boolean", 6),
    field_of("date", 7),
    field_of("time", 8),
    field_of("datetime", 9),
    field_of("email", 10),
    field_of("url", 11),
    field_of("ipaddress", 12),
    field_of("slug", 13),
]


def stored(field: CustomField, value: Any) -> Any:
    """What is kept of a JSON value that must be right."""
    values, errors = read_custom_values([field], {f"custom_{field.name}": value}, is_form=False, partial=False)
    assert errors == {}
    return values[str(field.id)]


def refusal(field: CustomField, value: Any) -> str:
    """What is said of a JSON value that must be wrong."""
    values, errors = read_custom_values([field], {f"custom_{field.name}": value}, is_form=False, partial=False)
    assert values == {}
    (message,) = errors[f"custom_{field.name}"]
    return message


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        (field_of("varchar"), "  padded ", "padded"),
        (field_of("varchar"), 5, "5"),
        (field_of("varchar", max_length=4), "éüçñ", "éüçñ"),
        (field_of("text"), "two\nlines 🎉", "two\nlines 🎉"),
        (field_of("integer"), 7, 7),
        (field_of("integer"), " 7.0 ", 7),
        (field_of("integer"), 7.0, 7),
        (field_of("integer"), -(2**63) + 1, -(2**63) + 1),
        (PRICE, "12.34", "12.34"),
        (PRICE, 12.3, "12.3"),
        (PRICE, "0012.30", "12.3"),
        (PRICE, "-0.00", "0"),
        (PRICE, "1e2", "100"),
        (
            field_of("decimal"),
            "0.1234567890123456789012345678901234567890",
            "0.123456789012345678901234567890123456789",
        ),
        (COLOURS, "red", "red"),
        (COLOURS, 7, "7"),
        (field_of("boolean"), True, True),
        (field_of("boolean"), "off", False),
        (field_of("boolean"), 1, True),
        (field_of("date"), "2026-3-4", "2026-03-04"),
        (field_of("date"), "0001-01-01", "0001-01-01"),
        (field_of("time"), "05:06", "05:06:00"),
        (field_of("time"), "05:06:07.5", "05:06:07.500000"),
        (field_of("datetime"), "2026-03-04T05:06:00Z", "2026-03-04T05:06:00Z"),
        (field_of("datetime"), "2026-03-04T05:06:00+02:00", "2026-03-04T03:06:00Z"),
        (field_of("datetime"), "2026-03-04 05:06:07.25", "2026-03-04T05:06:07.250000Z"),
        (field_of("email"), "e@example.com", "e@example.com"),
        (field_of("url"), "https://example.com/x?q=1#top", "https://example.com/x?q=1#top"),
        (field_of("url"), "ftp://user@[::1]:2121/file", "ftp://user@[::1]:2121/file"),
        (field_of("url"), "http://localhost:8000", "http://localhost:8000"),
        (field_of("url"), "http://bücher.example", "http://bücher.example"),
        (field_of("ipaddress"), "10.0.0.1", "10.0.0.1"),
        (field_of("ipaddress"), "2001:0DB8::0001", "2001:db8::1"),
        (field_of("ipaddress"), "::ffff:a00:1", "::ffff:10.0.0.1"),
        (field_of("slug"), "a-slug_1", "a-slug_1"),
    ],
)
def test_a_good_value_is_kept_in_one_spelling(field: CustomField, value: Any, kept: Any) -> None:
    assert stored(field, value) == kept


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (field_of("varchar", max_length=20), "x" * 21, "Ensure this field has no more than 20 characters."),
        (field_of("varchar"), True, NO_STRING),
        (field_of("varchar"), ["x"], NO_STRING),
        (field_of("varchar"), "a\0b", NO_NUL),
        (field_of("text"), {"a": 1}, NO_STRING),
        (field_of("text"), "\ud800", NO_SURROGATE),
        (field_of("text"), "   ", NO_BLANK),
        (field_of("integer"), "seven", NO_INTEGER),
        (field_of("integer"), 7.5, NO_INTEGER),
        (field_of("integer"), True, NO_INTEGER),
        (field_of("integer"), [], NO_INTEGER),
        (field_of("integer"), float("inf"), NO_INTEGER),
        (field_of("integer"), "9" * 5000, NO_INTEGER),
        (field_of("integer"), 2**63, "Ensure this value is less than or equal to 9223372036854775807."),
        (field_of("integer"), -(2**63), "Ensure this value is greater than or equal to -9223372036854775807."),
        (PRICE, "twelve", NO_NUMBER),
        (PRICE, "NaN", NO_NUMBER),
        (PRICE, "Infinity", NO_NUMBER),
        (PRICE, True, NO_NUMBER),
        (PRICE, "123456.789", "Ensure that there are no more than 8 digits in total."),
        (PRICE, "1.234", "Ensure that there are no more than 2 decimal places."),
        (PRICE, "1234567", "Ensure that there are no more than 6 digits before the decimal point."),
        (PRICE, "1" * 1001, "String value too large."),
        (field_of("decimal"), "1e999999999", "Ensure that there are no more than 1000 digits in total."),
        (field_of("decimal"), "1e-999999999", "Ensure that there are no more than 1000 digits in total."),
        (COLOURS, "purple", '"purple" is not a valid choice.'),
        (COLOURS, "Red", '"Red" is not a valid choice.'),
        (COLOURS, ["red"], "\"['red']\" is not a valid choice."),
        (COLOURS, True, '"True" is not a valid choice.'),
        (COLOURS, "\ud800", NO_SURROGATE),
        (field_of("boolean"), "maybe", NO_BOOLEAN),
        (field_of("boolean"), 2, NO_BOOLEAN),
        (field_of("boolean"), [], NO_BOOLEAN),
        (field_of("date"), "04/03/2026", NO_DATE),
        (field_of("date"), "2026-02-30", NO_DATE),
        (field_of("date"), "2026-03-04T05:06", NO_DATE),
        (field_of("date"), 20260304, NO_DATE),
        (field_of("time"), "25:00", NO_TIME),
        (field_of("time"), "5", NO_TIME),
        (field_of("time"), 5, NO_TIME),
        (field_of("datetime"), "soon", NO_DATETIME),
        (field_of("datetime"), "0001-01-01T00:00:00+10:00", "Datetime value out of range."),
        (field_of("datetime"), 1, NO_DATETIME),
        (field_of("email"), "bad", NO_EMAIL),
        (field_of("email", max_length=5), "e@example.com", "Ensure this field has no more than 5 characters."),
        (field_of("url"), "example.com", NO_URL),
        (field_of("url"), "javascript:alert(1)", NO_URL),
        (field_of("url"), "http://nodots/", NO_URL),
        (field_of("url"), "http://exa mple.com", NO_URL),
        (field_of("url"), "http://[::1", NO_URL),
        (field_of("url"), "http://example.com:99999/", NO_URL),
        (field_of("url"), "http://-x.example", NO_URL),
        (field_of("url"), "http://example.com/" + "x" * 2048, NO_URL),
        (field_of("ipaddress"), "300.1.1.1", NO_ADDRESS),
        (field_of("ipaddress"), "fe80::1%eth0", NO_ADDRESS),
        (field_of("ipaddress"), 167772161, NO_ADDRESS),
        (field_of("slug"), "no slug!", NO_SLUG),
        (field_of("slug"), "überslug", NO_SLUG),
    ],
)
def test_a_wrong_value_is_refused_in_drf_s_words(field: CustomField, value: Any, message: str) -> None:
    assert refusal(field, value) == message


def test_every_blank_value_is_refused_at_once() -> None:
    raw = {f"custom_{field.name}": "" for field in EVERY_TYPE}
    assert read_custom_values(EVERY_TYPE, raw, is_form=False, partial=False) == (
        {},
        {
            "custom_varchar": [NO_BLANK],
            "custom_text": [NO_BLANK],
            "custom_integer": [NO_INTEGER],
            "custom_decimal": [NO_NUMBER],
            "custom_list": ['"" is not a valid choice.'],
            "custom_boolean": [NO_BOOLEAN],
            "custom_date": [NO_DATE],
            "custom_time": [NO_TIME],
            "custom_datetime": [NO_DATETIME],
            "custom_email": [NO_BLANK],
            "custom_url": [NO_BLANK],
            "custom_ipaddress": [NO_BLANK],
            "custom_slug": [NO_BLANK],
        },
    )


def test_null_clears_an_optional_field_of_any_type() -> None:
    raw = {f"custom_{field.name}": None for field in EVERY_TYPE}
    nothing: dict[str, None] = {str(field.id): None for field in EVERY_TYPE}
    assert read_custom_values(EVERY_TYPE, raw, is_form=False, partial=False) == (nothing, {})


def test_an_empty_form_field_clears_an_optional_field_of_any_type() -> None:
    raw = {f"custom_{field.name}": "" for field in EVERY_TYPE}
    nothing: dict[str, None] = {str(field.id): None for field in EVERY_TYPE}
    assert read_custom_values(EVERY_TYPE, raw, is_form=True, partial=False) == (nothing, {})


def test_what_is_left_out_is_left_alone_in_forms_too() -> None:
    assert read_custom_values(EVERY_TYPE, {"queue": 1}, is_form=True, partial=False) == ({}, {})


def test_a_required_field_is_asked_for_unless_the_change_is_partial() -> None:
    field = field_of("varchar", required=True)
    missing = {"custom_varchar": ["This field is required."]}
    assert read_custom_values([field], {}, is_form=False, partial=False) == ({}, missing)
    assert read_custom_values([field], {}, is_form=False, partial=True) == ({}, {})
    assert refusal(field, None) == "This field may not be null."
    assert refusal(field, "") == NO_BLANK


def test_names_that_no_field_has_are_ignored() -> None:
    raw = {"custom_nope": "x", "custom_": "y", "varchar": "z"}
    assert read_custom_values(EVERY_TYPE, raw, is_form=False, partial=False) == ({}, {})


def test_an_empty_choice_clears_a_list_that_has_one_and_is_optional() -> None:
    assert stored(field_of("list", list_values=["a"], empty_selection_list=True), "") is None
    required = field_of("list", list_values=["a"], empty_selection_list=True, required=True)
    assert refusal(required, "") == '"" is not a valid choice.'


def test_a_ticket_shows_every_field_in_order_and_null_where_nothing_is_set() -> None:
    values = {"5": "purple", "6": False, "4": "12.3", "9": "2026-03-04T05:06:00Z", "99": "of a field that is gone"}
    assert list(wire_values(EVERY_TYPE, values, staff=True).items()) == [
        ("custom_varchar", None),
        ("custom_text", None),
        ("custom_integer", None),
        ("custom_decimal", "12.30"),
        ("custom_list", "purple"),
        ("custom_boolean", False),
        ("custom_date", None),
        ("custom_time", None),
        ("custom_datetime", "2026-03-04T05:06:00Z"),
        ("custom_email", None),
        ("custom_url", None),
        ("custom_ipaddress", None),
        ("custom_slug", None),
    ]


@pytest.mark.parametrize(
    ("places", "kept", "shown"), [(2, "12.345", "12.345"), (2, "12", "12.00"), (0, "12", "12"), (None, "12.3", "12.3")]
)
def test_a_decimal_is_shown_with_its_places_but_never_rounded(places: int | None, kept: str, shown: str) -> None:
    field = field_of("decimal", decimal_places=places)
    assert wire_values([field], {"1": kept}, staff=True) == {"custom_decimal": shown}


def test_a_value_from_before_a_field_was_a_decimal_is_shown_as_it_is() -> None:
    assert wire_values([PRICE], {"1": "about ten"}, staff=True) == {"custom_decimal": "about ten"}


def test_fields_for_staff_are_left_out_for_others() -> None:
    fields = [field_of("varchar", 1), field_of("text", 2, staff_only=True)]
    values = {"1": "open", "2": "secret"}
    assert wire_values(fields, values, staff=True) == {"custom_varchar": "open", "custom_text": "secret"}
    assert wire_values(fields, values, staff=False) == {"custom_varchar": "open"}


@pytest.mark.parametrize(
    ("field", "text", "kept"),
    [
        (field_of("integer"), "7", 7),
        (PRICE, "12.30", "12.3"),
        (field_of("boolean"), "true", True),
        (COLOURS, "red", "red"),
        (field_of("datetime"), "2026-03-04T07:06:00+02:00", "2026-03-04T05:06:00Z"),
    ],
)
def test_a_filter_asks_for_the_stored_spelling(field: CustomField, text: str, kept: Any) -> None:
    assert parse_filter_value(field, text) == kept


def test_a_filter_that_nothing_can_match_names_what_is_allowed() -> None:
    with pytest.raises(Invalid) as refused:
        parse_filter_value(COLOURS, "purple")
    assert refused.value.fields == {"custom_list": ['"purple" is not a valid choice. Allowed: red, green, 7.']}
    with pytest.raises(Invalid) as refused:
        parse_filter_value(field_of("boolean"), "maybe")
    assert refused.value.fields == {"custom_boolean": ["Must be a valid boolean. Allowed: true, false."]}
    with pytest.raises(Invalid) as refused:
        parse_filter_value(field_of("integer"), "x")
    assert refused.value.fields == {"custom_integer": [NO_INTEGER]}
