"""What a request asks of events: from where on, how many, which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from helpdesk_api.dialects.drf.params import LARGEST_ID, id_filter
from helpdesk_api.dialects.integration.schemas.events import EventQuery, StreamQuery
from helpdesk_api.dialects.wire.queries import reads_query
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.events.reading import WantedEvents
from helpdesk_api.domain.events.types import EVENT_TYPES
from helpdesk_api.domain.parsing.errors import WrongValue
from helpdesk_api.domain.parsing.numbers import integer

_LIMIT = 100
_LARGEST_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class EventsAsked:
    """A list's request; `after` is `None` where nothing was said."""

    after: int | None
    limit: int
    wanted: WantedEvents


@reads_query(EventQuery)
async def _list_asked(request: Request) -> EventsAsked:
    return _asked(request.query_params, request.query_params.get("after"))


@reads_query(StreamQuery)
async def _stream_asked(request: Request) -> EventsAsked:
    query = {name: value for name, value in request.query_params.items() if name != "limit"}
    return _asked(query, request.headers.get("last-event-id") or query.get("after"))


def _asked(query: Mapping[str, str], after: str | None) -> EventsAsked:
    """Raises `Invalid`, naming every parameter that is wrong."""
    problems: dict[str, list[str]] = {}
    start = _number(problems, "after", after, 0, LARGEST_ID)
    limit = _number(problems, "limit", query.get("limit"), 1, _LARGEST_LIMIT)
    types = frozenset(word.strip() for word in query.get("type", "").split(",") if word.strip())
    if unknown := sorted(types - EVENT_TYPES):
        problems["type"] = [f'"{word}" is not a valid choice.' for word in unknown]
    ticket_id = None
    try:
        ticket_id = id_filter("ticket", query.get("ticket"))
    except Invalid as error:
        problems.update({name: list(messages) for name, messages in error.fields.items()})
    if problems:
        raise Invalid(problems)
    return EventsAsked(start, _LIMIT if limit is None else limit, WantedEvents(types, ticket_id))


def _number(problems: dict[str, list[str]], name: str, text: str | None, least: int, most: int) -> int | None:
    if not text:
        return None
    try:
        return integer(text, minimum=least, maximum=most)
    except WrongValue as error:
        problems[name] = [str(error)]
        return None


ListAskedDep = Annotated[EventsAsked, Depends(_list_asked)]
StreamAskedDep = Annotated[EventsAsked, Depends(_stream_asked)]
