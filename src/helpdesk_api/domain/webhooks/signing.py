"""Secrets and signatures as in Standard Webhooks 1.0 (https://www.standardwebhooks.com): pure functions."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from helpdesk_api.domain.parsing import texts
from helpdesk_api.domain.parsing.errors import WrongValue

PREFIX = "whsec_"
FEWEST_BYTES, MOST_BYTES = 24, 64
WRONG_SECRET = f"Enter {PREFIX} followed by the base64 of {FEWEST_BYTES} to {MOST_BYTES} random bytes."


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def new_message_id() -> str:
    """What receivers tell messages apart by; random, since a restored database counts its rows anew."""
    return f"msg_{secrets.token_hex(16)}"


def parse_secret(value: Any) -> str:
    """A secret that somebody brings along. Raises `WrongValue`, which does not repeat it."""
    found = texts.text(value)
    try:
        key = base64.b64decode(found.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise WrongValue(WRONG_SECRET) from None
    if not found.startswith(PREFIX) or not FEWEST_BYTES <= len(key) <= MOST_BYTES:
        raise WrongValue(WRONG_SECRET)
    return found


def signed_headers(message_id: str, moment: int, body: bytes, keys: Iterable[str]) -> Mapping[str, str]:
    """The headers that go with a body; `moment` is the time of this attempt, in seconds since 1970.

    With several secrets there is a signature by each: during a rotation, receivers know one or the other.
    """
    content = b".".join((message_id.encode(), str(moment).encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(_signature(content, key) for key in keys),
    }


def _signature(content: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
