"""Which kind of ticket a request to /api/tickets/ means: the one place that decides (docs/adr/0002).

A body with a `limit` and neither `queue` nor `title` is an upload ticket. A word status (PENDING) can only match upload
tickets; a number (1,3) or a name (Open,Resolved) only support tickets. HELPDESK_TICKET_KINDS can leave one kind only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.requests import Request

from helpdesk_api.dialects.drf.fields import not_a_choice
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.tickets.commands import TicketFilter, UploadStatus
from helpdesk_api.settings import TicketKind

STATUS_NAMES: Mapping[str, int] = {"open": 1, "reopened": 2, "resolved": 3, "closed": 4, "duplicate": 5}
UPLOAD_STATUSES: Mapping[str, UploadStatus] = {status.value: status for status in UploadStatus}
BAD_DATE = "Enter a valid date."


def is_upload_body(values: Mapping[str, Any], kinds: Sequence[TicketKind]) -> bool:
    """Whether a new ticket's body asks for an upload ticket."""
    if len(kinds) == 1:
        return kinds[0] == "upload"
    return "limit" in values and "queue" not in values and "title" not in values


def parse_statuses(words: str) -> tuple[frozenset[UploadStatus], frozenset[int]]:
    """The statuses a comma-separated filter names, of upload and of support tickets.

    Raises `Invalid` naming the allowed ones.
    """
    uploads: set[UploadStatus] = set()
    supports: set[int] = set()
    unknown = []
    for word in (one.strip() for one in words.split(",")):
        if word.upper() in UPLOAD_STATUSES:
            uploads.add(UPLOAD_STATUSES[word.upper()])
        elif word.lower() in STATUS_NAMES:
            supports.add(STATUS_NAMES[word.lower()])
        elif word in map(str, STATUS_NAMES.values()):
            supports.add(int(word))
        else:
            unknown.append(word)
    if unknown:
        allowed = [*UploadStatus, *map(str, STATUS_NAMES.values()), *(name.title() for name in STATUS_NAMES)]
        raise Invalid(status=[f"{not_a_choice(unknown)} Allowed: {', '.join(allowed)}."])
    return frozenset(uploads), frozenset(supports)


async def _ticket_filter(
    request: Request,
    kind: Annotated[str | None, Query(description="`upload` or `support`.", examples=["upload"])] = None,
    status: Annotated[
        str | None,
        Query(description="Comma-separated: PENDING, IN PROGRESS, COMPLETED; 1 to 5; or Open, Resolved…"),
    ] = None,
    start_date: Annotated[str | None, Query(description="First day of creation, UTC.", examples=["2018-11-12"])] = None,
    end_date: Annotated[str | None, Query(description="Last day of creation, UTC.", examples=["2018-12-12"])] = None,
) -> TicketFilter:
    errors: dict[str, list[str]] = {}
    kinds = frozenset(service_of(request).settings.ticket_kinds)
    if kind and kind not in ("upload", "support"):
        errors["kind"] = [f"{not_a_choice([kind])} Allowed: upload, support."]
    elif kind:
        kinds &= {kind}
    uploads, supports = None, None
    if status:
        try:
            uploads, supports = parse_statuses(status)
        except Invalid as error:
            errors |= error.fields
    first, last = _day("start_date", start_date, errors), _day("end_date", end_date, errors)
    if errors:
        raise Invalid(errors)
    return TicketFilter(kinds, uploads, supports, first, last)


def _day(name: str, text: str | None, errors: dict[str, list[str]]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        errors[name] = [BAD_DATE]
        return None
    return day if day < date.max else None


TicketFilterDep = Annotated[TicketFilter, Depends(_ticket_filter)]
