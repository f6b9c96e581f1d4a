"""Retry-After (RFC 9110, section 10.2.3): when a receiver wants to be asked again."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 24 * 3600.0
"""Whoever wants more seconds than these is asked again after them."""


def seconds_of(value: str | None) -> float | None:
    """How long to wait, from a number of seconds or a date; `None` where that cannot be told, or is over."""
    if value is None:
        return None
    written = value.strip()
    if written.isascii() and written.isdigit():
        # Of more digits than these, the value does not matter.
        seconds = float(written[:20])
    else:
        try:
            date = parsedate_to_datetime(written)
        except ValueError:
            return None
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        seconds = (date - datetime.now(UTC)).total_seconds()
    return min(seconds, LONGEST) if seconds > 0 else None
