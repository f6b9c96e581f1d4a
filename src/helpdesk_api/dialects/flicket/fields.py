"""What Flicket's JSON bodies hold. Messages that do not name the field are said after its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from helpdesk_api.dialects.wire.fields import WireField, wrong
from helpdesk_api.domain.parsing.texts import is_email, why_not_storable

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class Field(WireField):
    """A value that may be null where `null` says so."""

    null_message: ClassVar[str] = "must not be null."


@dataclass(frozen=True, kw_only=True)
class Text(Field):
    """Text; `numbers` are taken as text where that is said, and blanks around it go where `trim` says so."""

    max_length: int | None = None
    blank: bool = False
    numbers: bool = False
    trim: bool = False

    def parse(self, value: Any) -> str:
        if self.numbers and isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise wrong("must be a text.")
        text = value.strip() if self.trim else value
        if not text.strip():
            if not self.blank:
                raise wrong("must not be blank.")
            text = ""
        if self.max_length is not None and len(text) > self.max_length:
            raise wrong(f"must not be longer than {self.max_length} characters.")
        if reason := why_not_storable(text):
            raise wrong(reason)
        return text

    def json_schema(self) -> dict[str, Any]:
        limits: dict[str, Any] = {"maxLength": self.max_length} if self.max_length is not None else {}
        return {"type": "string", **limits, **({} if self.blank else {"minLength": 1})}


@dataclass(frozen=True, kw_only=True)
class EmailAddress(Text):
    """An e-mail address."""

    max_length: int | None = 254
    trim: bool = True

    def parse(self, value: Any) -> str:
        text = super().parse(value)
        if text and not is_email(text):
            raise wrong("is not an e-mail address.")
        return text

    def json_schema(self) -> dict[str, Any]:
        # Blank stands for none, which the `email` format does not cover.
        return {**super().json_schema(), **({} if self.blank else {"format": "email"})}


@dataclass(frozen=True, kw_only=True)
class Flag(Field):
    """True or false."""

    def parse(self, value: Any) -> bool:
        """The value. Raises the error of `wrong`."""
        if not isinstance(value, bool):
            raise wrong("must be true or false.")
        return value

    def json_schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, kw_only=True)
class Id(Field):
    """The id of something else: a JSON integer, as in Flicket neither text nor a float.

    Whether it exists is for the service to find out; a number too large for any id is read as 0, which is nobody's.
    """

    message: str = "must be an integer."

    def parse(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong(self.message)
        return value if 0 <= value <= LARGEST_ID else 0

    def _validate(self, value: Any) -> Any:
        # Null is no integer either; Flicket has one message for both.
        return self.parse(value) if value is not None or not self.null else None

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer"}
