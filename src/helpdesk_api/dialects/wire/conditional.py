"""Conditional requests and ranges (RFC 9110, sections 13 and 14): what of a file the client has already, or wants."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from starlette.datastructures import MutableHeaders
from starlette.requests import Request

_RANGE = re.compile(r"bytes=[ \t]*(?:\d{1,18}-\d{0,18}|-\d{1,18})(?:[ \t]*,[ \t]*(?:\d{1,18}-\d{0,18}|-\d{1,18})){0,9}")


def is_unchanged(request: Request, etag: str, modified_at: datetime | None) -> bool:
    """Whether the client's copy is still good; a date counts only where no entity tag is named."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    since = _date(request.headers.get("if-modified-since"))
    # HTTP's dates know no fractions of a second.
    return since is not None and modified_at is not None and int(modified_at.timestamp()) <= since


def drop_senseless_range(request: Request) -> None:
    """Have a `Range` that nobody could understand passed over, as the RFC asks; Starlette answers 400 to it."""
    wanted = request.headers.get("range")
    if wanted is not None and not _is_sensible(wanted):
        headers = MutableHeaders(scope=request.scope)
        del headers["range"]


def _is_sensible(wanted: str) -> bool:
    if not _RANGE.fullmatch(wanted):
        return False
    pairs = (one.strip().split("-") for one in wanted.removeprefix("bytes=").split(","))
    return all(not first or not last or int(first) <= int(last) for first, last in pairs)


def _date(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
