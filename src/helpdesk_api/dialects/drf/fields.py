"""DRF's field types: what each takes, in its wording (rest_framework/fields.py documents them), for Pydantic models.

Used as `Annotated[str, Chars(max_length=200)]`; each validates by itself, so that all wrong fields are found at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from helpdesk_api.dialects.wire.enumerations import ENUMERATION, MEMBERS
from helpdesk_api.dialects.wire.fields import WireField, wrong
from helpdesk_api.domain.parsing import numbers, texts, times
from helpdesk_api.domain.parsing.errors import NULL, REQUIRED, WrongValue, missing, not_a_choice
from helpdesk_api.domain.parsing.numbers import LARGEST_INTEGER

__all__ = [
    "LARGEST_INTEGER",
    "REQUIRED",
    "Boolean",
    "Chars",
    "Choice",
    "DateTime",
    "Email",
    "Field",
    "Flag",
    "Integer",
    "PrimaryKey",
    "Slug",
    "missing",
    "not_a_choice",
]


@dataclass(frozen=True, kw_only=True)
class Field(WireField):
    """A value that may be null where `null` says so."""

    null_message: ClassVar[str] = NULL

    def empty_form_value(self) -> object | None:
        """What an empty form field stands for; `...` for a field that was left out."""
        return None if self.null else ...

    def metadata(self) -> dict[str, Any]:
        """The type and its limits as `OPTIONS` tells them."""
        return {"type": "field"}

    def _validate(self, value: Any) -> Any:
        try:
            return super()._validate(value)
        except WrongValue as error:
            raise wrong(str(error)) from None


@dataclass(frozen=True, kw_only=True)
class Chars(Field):
    """Text, trimmed; numbers are taken as text, as DRF does."""

    max_length: int | None = None
    blank: bool = False
    trim: bool = True

    def parse(self, value: Any) -> str:
        return texts.text(value, max_length=self.max_length, blank=self.blank, trim=self.trim)

    def empty_form_value(self) -> object | None:
        return "" if self.blank else super().empty_form_value()

    def json_schema(self) -> dict[str, Any]:
        limits: dict[str, Any] = {"maxLength": self.max_length} if self.max_length is not None else {}
        return {"type": "string", **limits, **({} if self.blank else {"minLength": 1})}

    def metadata(self) -> dict[str, Any]:
        limits: dict[str, Any] = {"max_length": self.max_length} if self.max_length is not None else {}
        return {"type": "string", **limits}


@dataclass(frozen=True, kw_only=True)
class Email(Chars):
    """An e-mail address; whether it can be delivered to is not looked up."""

    max_length: int | None = 254

    def parse(self, value: Any) -> str:
        return texts.email(value, max_length=self.max_length, blank=self.blank)

    def json_schema(self) -> dict[str, Any]:
        # Blank stands for none, which the `email` format does not cover.
        return {**super().json_schema(), **({} if self.blank else {"format": "email"})}

    def metadata(self) -> dict[str, Any]:
        return {**super().metadata(), "type": "email"}


@dataclass(frozen=True, kw_only=True)
class Slug(Chars):
    """Letters, digits, underscores and hyphens."""

    max_length: int | None = 50

    def parse(self, value: Any) -> str:
        return texts.slug(value, max_length=self.max_length)

    def json_schema(self) -> dict[str, Any]:
        return {**super().json_schema(), "pattern": "^[-a-zA-Z0-9_]+$"}

    def metadata(self) -> dict[str, Any]:
        return {**super().metadata(), "type": "slug"}


@dataclass(frozen=True, kw_only=True)
class Integer(Field):
    """A whole number, also as text or as a float without a fraction."""

    minimum: int = -LARGEST_INTEGER
    maximum: int = LARGEST_INTEGER

    def parse(self, value: Any) -> int:
        return numbers.integer(value, minimum=self.minimum, maximum=self.maximum)

    def json_schema(self) -> dict[str, Any]:
        limits = {"minimum": self.minimum, "maximum": self.maximum}
        return {"type": "integer", **{name: limit for name, limit in limits.items() if abs(limit) != LARGEST_INTEGER}}

    def metadata(self) -> dict[str, Any]:
        limits = {"min_value": self.minimum, "max_value": self.maximum}
        return {"type": "integer", **{name: limit for name, limit in limits.items() if abs(limit) != LARGEST_INTEGER}}


@dataclass(frozen=True, kw_only=True)
class Flag(Field):
    """True or false, in any of the spellings DRF takes; what is left out of a form is left out."""

    def parse(self, value: Any) -> bool:
        return numbers.boolean(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def metadata(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, kw_only=True)
class Boolean(Flag):
    """As `Flag`, but what is left out of a form is false: HTML forms leave out a box that is not ticked."""


@dataclass(frozen=True, kw_only=True)
class Choice(Field):
    """One of a few values, compared by their text; `names` are what `OPTIONS` calls them, in their order.

    `called` is the enumeration's own name in the OpenAPI document.
    """

    called: str
    choices: tuple[int | str, ...]
    names: tuple[str, ...] | None = None

    def parse(self, value: Any) -> int | str:
        return texts.choice(value, self.choices)

    def json_schema(self) -> dict[str, Any]:
        values = [*self.choices, None] if self.null else [*self.choices]
        kind = "integer" if isinstance(self.choices[0], int) else "string"
        members = {MEMBERS: [name.upper().replace(" ", "_") for name in self.names]} if self.names else {}
        return {"type": kind, "enum": values, ENUMERATION: self.called, **members}

    def metadata(self) -> dict[str, Any]:
        named = zip(self.choices, self.names or map(str, self.choices), strict=True)
        return {"type": "choice", "choices": [{"value": value, "display_name": name} for value, name in named]}


@dataclass(frozen=True, kw_only=True)
class DateTime(Field):
    """A point in time (ISO 8601); without an offset it is UTC."""

    def parse(self, value: Any) -> datetime:
        return times.moment(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}

    def metadata(self) -> dict[str, Any]:
        return {"type": "datetime"}


@dataclass(frozen=True, kw_only=True)
class PrimaryKey(Field):
    """The id of something else; whether it exists is asked by `DrfBody.problems`."""

    def parse(self, value: Any) -> int:
        number = numbers.whole_number(value)
        if number is None:
            raise WrongValue(f"Incorrect type. Expected pk value, received {type(value).__name__}.")
        if abs(number) > LARGEST_INTEGER:
            raise WrongValue(missing(number))
        if abs(number) > LARGEST_INTEGER:  # no column could hold it
            raise WrongValue(missing(number))
        return number

    def _validate(self, value: Any) -> Any:
        return super()._validate(None if value == "" else value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer"}
