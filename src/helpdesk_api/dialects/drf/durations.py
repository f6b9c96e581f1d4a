"""DRF's durations: `[DD] [HH:[MM:]]ss[.uuuuuu]` in and out, ISO 8601 and whole seconds in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from helpdesk_api.dialects.drf.fields import Field
from helpdesk_api.domain.parsing.errors import WrongValue

DURATION_FORMAT = "Duration has wrong format. Use one of these formats instead: [DD] [HH:[MM:]]ss[.uuuuuu]."
OUT_OF_RANGE = f"The number of days must be between {timedelta.min.days} and {timedelta.max.days}."

# As django.utils.dateparse reads them: `3 04:05:06.5` and `-1 day, 4:05`, and `P3DT4H5M6.5S` without years and months.
_PLAIN = re.compile(
    r"(?:(?P<days>-?\d+) (?:days?, )?)?(?P<sign>-?)"
    r"(?:(?:(?P<hours>\d+):)?(?P<minutes>\d+):)?(?P<seconds>\d+)(?:[.,](?P<fraction>\d{1,6})\d{0,6})?",
    re.ASCII,
)
_ISO_8601 = re.compile(
    r"(?P<sign>[-+]?)P(?:(?P<days>\d+(?:[.,]\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:[.,]\d+)?)H)?(?:(?P<minutes>\d+(?:[.,]\d+)?)M)?(?:(?P<seconds>\d+(?:[.,]\d+)?)S)?)?",
    re.ASCII,
)
_MOST_CHARACTERS = 50


@dataclass(frozen=True, kw_only=True)
class Duration(Field):
    """A span of time."""

    def parse(self, value: Any) -> timedelta:
        """The span. Raises `WrongValue`."""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise WrongValue(DURATION_FORMAT)
        written = str(value).strip()
        try:
            found = _read(written) if len(written) <= _MOST_CHARACTERS else None
        except OverflowError:
            raise WrongValue(OUT_OF_RANGE) from None
        if found is None:
            raise WrongValue(DURATION_FORMAT)
        return found

    def json_schema(self) -> dict[str, Any]:
        """Text in DRF's own format."""
        return {"type": "string", "examples": ["01:30:00", "3 04:05:06.500000"]}

    def metadata(self) -> dict[str, Any]:
        """As `OPTIONS` tells it."""
        return {"type": "duration"}


def _read(written: str) -> timedelta | None:
    if found := _PLAIN.fullmatch(written):
        parts = found.groupdict(default="0")
        # "0.5" is half a second: the digits after the point are filled up to microseconds.
        amounts = {name: int(parts[name]) for name in ("hours", "minutes", "seconds")}
        span = timedelta(**amounts, microseconds=int(parts["fraction"].ljust(6, "0")))
        return timedelta(days=int(parts["days"])) + (-span if found["sign"] == "-" else span)
    found = _ISO_8601.fullmatch(written)
    exact = {name: float(found[name].replace(",", ".")) for name in _UNITS if found[name]} if found else {}
    if found is None or not exact:
        return None
    return timedelta(**exact) * (-1 if found["sign"] == "-" else 1)


_UNITS = ("days", "hours", "minutes", "seconds")


def show_duration(span: timedelta) -> str:
    """A span as DRF writes it: `3 04:05:06.500000`, days and microseconds only where there are some."""
    minutes, seconds = divmod(span.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{span.days} " if span.days else ""
    fraction = f".{span.microseconds:06d}" if span.microseconds else ""
    return f"{days}{hours:02d}:{minutes:02d}:{seconds:02d}{fraction}"
