"""A list of texts; forms carry it as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from helpdesk_api.dialects.drf.fields import Field
from helpdesk_api.domain.parsing import texts
from helpdesk_api.domain.parsing.errors import WrongValue


@dataclass(frozen=True, kw_only=True)
class TextList(Field):
    """Different texts in their order, as a JSON array."""

    most: int
    max_length: int

    def parse(self, value: Any) -> list[str]:
        """The texts, trimmed. Raises `WrongValue` naming the first item that is wrong, counted from 1."""
        items = _parsed(value) if isinstance(value, str) else value
        if not isinstance(items, list):
            raise WrongValue(f'Expected a list of items but got type "{type(items).__name__}".')
        if len(items) > self.most:
            raise WrongValue(f"Ensure this field has no more than {self.most} elements.")
        found: list[str] = []
        for number, item in enumerate(items, start=1):
            try:
                text = texts.text(item, max_length=self.max_length)
            except WrongValue as error:
                raise WrongValue(f"Item {number}: {error}") from None
            if text in found:
                raise WrongValue(f"Item {number}: It is in the list already.")
            found.append(text)
        return found

    def empty_form_value(self) -> object | None:
        """An empty field is an empty list."""
        return []

    def json_schema(self) -> dict[str, Any]:
        """An array of strings."""
        items = {"type": "string", "minLength": 1, "maxLength": self.max_length}
        return {"type": "array", "items": items, "maxItems": self.most, "uniqueItems": True}

    def metadata(self) -> dict[str, Any]:
        """A list with its kind of item."""
        child = {"type": "string", "required": True, "read_only": False, "max_length": self.max_length}
        return {"type": "list", "child": child}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
