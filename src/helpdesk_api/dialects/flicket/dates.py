"""Dates as Flicket prints them: RFC 1123 in GMT, to the second."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from typing import Annotated

from pydantic import Field

# A date in an answer.
HttpDate = Annotated[str, Field(examples=["Sun, 23 Jun 2019 18:25:36 GMT"])]


def http_date(moment: datetime) -> str:
    """`moment` (aware, in UTC) as `Sun, 23 Jun 2019 18:25:36 GMT`."""
    return format_datetime(moment, usegmt=True)


def http_date_or_none(moment: datetime | None) -> str | None:
    """As `http_date`; null for what never happened."""
    return None if moment is None else http_date(moment)
