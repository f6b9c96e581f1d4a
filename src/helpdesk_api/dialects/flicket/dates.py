"""Dates as Flicket prints them: RFC 1123 in GMT, to the second."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# A date in an answer.
HttpDate = Annotated[str, Field(examples=["Sun, 23 Jun 2019 18:25:36 GMT"])]


def http_date(moment: datetime) -> str:
    """`moment` (aware, in UTC) as `Sun, 23 Jun 2019 18:25:36 GMT`."""
    # As `email.utils.format_datetime(moment, usegmt=True)`, which takes four times as long; lists have many.
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    clock = f"{moment.hour:02}:{moment.minute:02}:{moment.second:02}"
    return f"{day}, {moment.day:02} {month} {moment.year:04} {clock} GMT"


def http_date_or_none(moment: datetime | None) -> str | None:
    """As `http_date`; null for what never happened."""
    return None if moment is None else http_date(moment)
