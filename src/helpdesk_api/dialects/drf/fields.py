"""DRF's field types: what each takes, in its wording (rest_framework/fields.py documents them), for Pydantic models.

Used as `Annotated[str, Chars(max_length=200)]`; each validates by itself, so that all wrong fields are found at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

REQUIRED = "This field is required."
NULL = "This field may not be null."
BLANK = "This field may not be blank."
DATETIME_FORMAT = (
    "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
)
LARGEST_INTEGER = 2**63 - 1
_TRUE = frozenset(("t", "y", "yes", "true", "on", "1"))
_FALSE = frozenset(("f", "n", "no", "false", "off", "0", "0.0"))


def wrong(message: str) -> PydanticCustomError:
    """The error that says `message` of a field."""
    return PydanticCustomError("drf", "{message}", {"message": message})


@dataclass(frozen=True, kw_only=True)
class Field:
    """A value that may be null where `null` says so."""

    null: bool = False

    def parse(self, value: Any) -> Any:
        """The value of something that is not null. Raises the error of `wrong`."""
        raise TypeError

    def json_schema(self) -> dict[str, Any]:
        """The type in the OpenAPI document."""
        raise TypeError

    def empty_form_value(self) -> object | None:
        """What an empty form field stands for; `...` for a field that was left out."""
        return None if self.null else ...

    def _validate(self, value: Any) -> Any:
        if value is None:
            if self.null:
                return None
            raise wrong(NULL)
        return self.parse(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        described = self.json_schema()
        return {**described, "type": [described["type"], "null"]} if self.null else described


@dataclass(frozen=True, kw_only=True)
class Chars(Field):
    """Text, trimmed; numbers are taken as text, as DRF does."""

    max_length: int | None = None
    blank: bool = False
    trim: bool = True

    def parse(self, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise wrong("Not a valid string.")
        text = str(value).strip() if self.trim else str(value)
        if not text and not self.blank:
            raise wrong(BLANK)
        if self.max_length is not None and len(text) > self.max_length:
            raise wrong(f"Ensure this field has no more than {self.max_length} characters.")
        return storable(text)

    def empty_form_value(self) -> object | None:
        return "" if self.blank else super().empty_form_value()

    def json_schema(self) -> dict[str, Any]:
        limits: dict[str, Any] = {"maxLength": self.max_length} if self.max_length is not None else {}
        return {"type": "string", **limits, **({} if self.blank else {"minLength": 1})}


def storable(text: str) -> str:
    """Text that PostgreSQL can keep. Raises the error of `wrong` for NUL and lone surrogates."""
    if "\0" in text:
        raise wrong("Null characters are not allowed.")
    for character in text if not text.isascii() else "":
        if "\ud800" <= character <= "\udfff":
            raise wrong(f"Surrogate characters are not allowed: U+{ord(character):X}.")
    return text


@dataclass(frozen=True, kw_only=True)
class Email(Chars):
    """An e-mail address; whether it can be delivered to is not looked up."""

    max_length: int | None = 254

    def parse(self, value: Any) -> str:
        text = super().parse(value)
        if text and not is_email(text):
            raise wrong("Enter a valid email address.")
        return text

    def json_schema(self) -> dict[str, Any]:
        # Blank stands for none, which the `email` format does not cover.
        return {**super().json_schema(), **({} if self.blank else {"format": "email"})}


def is_email(text: str) -> bool:
    """Whether this is an address as RFC 5321 writes it."""
    try:
        validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class Integer(Field):
    """A whole number, also as text or as a float without a fraction."""

    minimum: int = -LARGEST_INTEGER
    maximum: int = LARGEST_INTEGER

    def parse(self, value: Any) -> int:
        number = whole_number(value)
        if number is None:
            raise wrong("A valid integer is required.")
        if number > self.maximum:
            raise wrong(f"Ensure this value is less than or equal to {self.maximum}.")
        if number < self.minimum:
            raise wrong(f"Ensure this value is greater than or equal to {self.minimum}.")
        return number

    def json_schema(self) -> dict[str, Any]:
        limits = {"minimum": self.minimum, "maximum": self.maximum}
        return {"type": "integer", **{name: limit for name, limit in limits.items() if abs(limit) != LARGEST_INTEGER}}


def whole_number(value: Any) -> int | None:
    """The whole number a JSON or form value is, or `None`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = int(value) if not isinstance(value, str) else int(value.strip().removesuffix(".0"))
    except (ValueError, OverflowError):
        return None
    return number if not isinstance(value, float) or number == value else None


@dataclass(frozen=True, kw_only=True)
class Boolean(Field):
    """True or false, in any of the spellings DRF takes."""

    def parse(self, value: Any) -> bool:
        if isinstance(value, bool | int | float | str):
            word = str(value).strip().lower()
            if word in _TRUE or word == "1.0":
                return True
            if word in _FALSE:
                return False
        raise wrong("Must be a valid boolean.")

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, kw_only=True)
class Choice(Field):
    """One of a few values, compared by their text."""

    choices: tuple[int | str, ...]

    def parse(self, value: Any) -> int | str:
        for choice in self.choices:
            if not isinstance(value, bool | list | dict) and str(value) == str(choice):
                return choice
        raise wrong(f'"{value}" is not a valid choice.')

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer" if isinstance(self.choices[0], int) else "string", "enum": list(self.choices)}


@dataclass(frozen=True, kw_only=True)
class DateTime(Field):
    """A point in time (ISO 8601); without an offset it is UTC."""

    def parse(self, value: Any) -> datetime:
        if not isinstance(value, str):
            raise wrong(DATETIME_FORMAT)
        try:
            moment = datetime.fromisoformat(value.strip())
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise wrong(DATETIME_FORMAT) from None

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


@dataclass(frozen=True, kw_only=True)
class PrimaryKey(Field):
    """The id of something else; whether it exists is asked by `DrfBody.problems`."""

    def parse(self, value: Any) -> int:
        number = whole_number(value)
        if number is None:
            raise wrong(f"Incorrect type. Expected pk value, received {type(value).__name__}.")
        return number

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer"}


def missing(pk: object) -> str:
    """What DRF says of an id that is nobody's."""
    return f'Invalid pk "{pk}" - object does not exist.'


def not_a_choice(values: Iterable[object]) -> str:
    """What DRF says of a value that is none of the choices."""
    return " ".join(f'"{value}" is not a valid choice.' for value in values)
