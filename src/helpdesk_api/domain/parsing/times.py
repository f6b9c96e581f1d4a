"""Dates and times."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any

from helpdesk_api.domain.parsing.errors import WrongValue

DATE_FORMAT = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."
TIME_FORMAT = "Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]]."
DATETIME_FORMAT = (
    "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
)
OUT_OF_RANGE = "Datetime value out of range."

# The database driver takes these for infinity.
_ENDS_OF_TIME = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d{0,6})?)?", re.ASCII)


def day(value: Any) -> date:
    """A date as YYYY-MM-DD. Raises `WrongValue`."""
    found = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise WrongValue(DATE_FORMAT)
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        raise WrongValue(DATE_FORMAT) from None


def clock(value: Any) -> time:
    """A time of day, without a zone. Raises `WrongValue`."""
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise WrongValue(TIME_FORMAT)
    hour, minute, second, fraction = found.groups(default="0")
    try:
        return time(int(hour), int(minute), int(second), int(fraction.ljust(6, "0")))
    except ValueError:
        raise WrongValue(TIME_FORMAT) from None


def moment(value: Any) -> datetime:
    """A point in time (ISO 8601) in UTC; without an offset it is UTC. Raises `WrongValue`."""
    if not isinstance(value, str):
        raise WrongValue(DATETIME_FORMAT)
    try:
        found = datetime.fromisoformat(value.strip())
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except ValueError:
        raise WrongValue(DATETIME_FORMAT) from None
    except OverflowError:
        raise WrongValue(OUT_OF_RANGE) from None
    if found in _ENDS_OF_TIME:
        raise WrongValue(OUT_OF_RANGE)
    return found
