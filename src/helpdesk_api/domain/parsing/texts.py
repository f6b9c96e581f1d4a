"""Texts, choices and addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from helpdesk_api.domain.parsing.errors import WrongValue, not_a_choice

BLANK = "This field may not be blank."
BAD_EMAIL = "Enter a valid email address."
BAD_URL = "Enter a valid URL."
BAD_IP_ADDRESS = "Enter a valid IPv4 or IPv6 address."
BAD_SLUG = 'Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.'
LONGEST_URL = 2048

_SLUG = re.compile(r"[-a-zA-Z0-9_]+")
_HOST_LABEL = re.compile(r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?")
_SCHEMES = frozenset(("http", "https", "ftp", "ftps"))
Choice = TypeVar("Choice", bound=int | str)


def text(value: Any, *, max_length: int | None = None, blank: bool = False, trim: bool = True) -> str:
    """Text that PostgreSQL can keep; numbers are taken as text. Raises `WrongValue`."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise WrongValue("Not a valid string.")
    found = str(value).strip() if trim else str(value)
    if not found and not blank:
        raise WrongValue(BLANK)
    if max_length is not None and len(found) > max_length:
        raise WrongValue(f"Ensure this field has no more than {max_length} characters.")
    return storable(found)


def why_not_storable(found: str) -> str | None:
    """Why PostgreSQL could not keep a text (NUL, lone surrogates), or `None`."""
    if "\0" in found:
        return "Null characters are not allowed."
    for character in found if not found.isascii() else "":
        if "\ud800" <= character <= "\udfff":
            return f"Surrogate characters are not allowed: U+{ord(character):X}."
    return None


def storable(found: str) -> str:
    """The same text, if PostgreSQL can keep it. Raises `WrongValue`."""
    if reason := why_not_storable(found):
        raise WrongValue(reason)
    return found


def choice(value: Any, choices: Sequence[Choice]) -> Choice:
    """One of the choices, compared by their text. Raises `WrongValue`."""
    written = storable(value) if isinstance(value, str) else str(value)
    if not isinstance(value, bool | list | dict):
        for one in choices:
            if written == str(one):
                return one
    raise WrongValue(not_a_choice([written]))


def is_email(found: str) -> bool:
    """Whether this is an address as RFC 5321 writes it; whether it can be delivered to is not looked up."""
    try:
        validate_email(found, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


def email(value: Any, *, max_length: int | None = None, blank: bool = False) -> str:
    """An e-mail address. Raises `WrongValue`."""
    found = text(value, max_length=max_length, blank=blank)
    if found and not is_email(found):
        raise WrongValue(BAD_EMAIL)
    return found


def slug(value: Any, *, max_length: int | None = None) -> str:
    """Letters, digits, underscores and hyphens. Raises `WrongValue`."""
    found = text(value, max_length=max_length)
    if not _SLUG.fullmatch(found):
        raise WrongValue(BAD_SLUG)
    return found


def url(value: Any, *, max_length: int | None = None) -> str:
    """An absolute web or FTP address. Raises `WrongValue`."""
    found = text(value, max_length=max_length)
    if len(found) > LONGEST_URL or not found.isprintable() or " " in found:
        raise WrongValue(BAD_URL)
    try:
        parts = urlsplit(found)
        port = parts.port
    except ValueError:
        raise WrongValue(BAD_URL) from None
    if parts.scheme.lower() not in _SCHEMES or port == 0 or not _is_host(parts.hostname or ""):
        raise WrongValue(BAD_URL)
    return found


def _is_host(name: str) -> bool:
    if name == "localhost" or _as_ip_address(name) is not None:
        return True
    labels = name.removesuffix(".").split(".")
    return len(labels) > 1 and all(map(_HOST_LABEL.fullmatch, labels)) and not labels[-1].isdigit()


def network_address(value: Any) -> str:
    """An IPv4 or IPv6 address in its shortest spelling. Raises `WrongValue`."""
    if not isinstance(value, str):
        raise WrongValue(BAD_IP_ADDRESS)
    found = _as_ip_address(text(value))
    if found is None:
        raise WrongValue(BAD_IP_ADDRESS)
    return found


def _as_ip_address(written: str) -> str | None:
    try:
        found = ip_address(written)
    except ValueError:
        return None
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.scope_id is not None:
        return None
    return f"::ffff:{found.ipv4_mapped}" if found.ipv4_mapped else str(found)
