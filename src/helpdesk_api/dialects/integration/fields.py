"""What only webhooks have: URLs to send to, secrets, types of events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from helpdesk_api.dialects.drf.fields import Chars
from helpdesk_api.dialects.drf.text_lists import TextList
from helpdesk_api.dialects.wire.enumerations import ENUMERATION
from helpdesk_api.domain.events.types import EVENT_TYPES
from helpdesk_api.domain.parsing.errors import WrongValue, not_a_choice
from helpdesk_api.domain.webhooks import signing
from helpdesk_api.egress.urls import WrongUrl, host_of


@dataclass(frozen=True, kw_only=True)
class WebUrl(Chars):
    """A URL of http or https."""

    max_length: int | None = 2000

    def parse(self, value: Any) -> str:
        """The URL as it was given. Raises `WrongValue`."""
        url = super().parse(value)
        try:
            host_of(url)
        except WrongUrl as error:
            raise WrongValue(str(error)) from None
        return url

    def json_schema(self) -> dict[str, Any]:
        """A URI."""
        return {**super().json_schema(), "format": "uri", "pattern": "^[hH][tT][tT][pP][sS]?://"}

    def metadata(self) -> dict[str, Any]:
        """DRF's word for it."""
        return {**super().metadata(), "type": "url"}


@dataclass(frozen=True, kw_only=True)
class Secret(Chars):
    """A secret as Standard Webhooks writes it; no answer to a wrong one repeats it."""

    def parse(self, value: Any) -> str:
        """The secret as it was given. Raises `WrongValue`."""
        return signing.parse_secret(value)

    def empty_form_value(self) -> object | None:
        """An empty field is a wrong secret, not a wish to have one made up."""
        return ""

    def json_schema(self) -> dict[str, Any]:
        """A text that tools are to hide."""
        return {**super().json_schema(), "format": "password", "pattern": f"^{signing.PREFIX}[A-Za-z0-9+/]+={{0,2}}$"}


@dataclass(frozen=True, kw_only=True)
class EventTypes(TextList):
    """Types of events; all wrong ones are told at once."""

    most: int = len(EVENT_TYPES)
    max_length: int = 40

    def parse(self, value: Any) -> list[str]:
        """The types in their order. Raises `WrongValue`."""
        found = super().parse(value)
        if unknown := [word for word in found if word not in EVENT_TYPES]:
            raise WrongValue(not_a_choice(unknown))
        return found

    def json_schema(self) -> dict[str, Any]:
        """An array of the types there are."""
        items = {"type": "string", "enum": sorted(EVENT_TYPES), ENUMERATION: "EventType"}
        return {"type": "array", "items": items, "maxItems": self.most, "uniqueItems": True}

    def metadata(self) -> dict[str, Any]:
        """A list of choices."""
        choices = [{"value": word, "display_name": word} for word in sorted(EVENT_TYPES)]
        return {"type": "list", "child": {"type": "choice", "required": True, "read_only": False, "choices": choices}}
