"""/api/events/: what happened, page by page and as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.requests import Request

from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.dialects.drf.routes import DrfRoute
from helpdesk_api.dialects.integration.event_queries import ListAskedDep, StreamAskedDep
from helpdesk_api.dialects.integration.schemas.events import EventOut, EventPageOut
from helpdesk_api.dialects.wire.auth import StaffDep, would_still_be_staff
from helpdesk_api.dialects.wire.session import ReadSessionDep
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.dialects.wire.urls import Urls, UrlsDep
from helpdesk_api.domain.events import reading
from helpdesk_api.domain.events.feed import EventFeed, FeedEvent
from helpdesk_api.domain.events.reading import EventPage

router = APIRouter(prefix="/api/events", route_class=DrfRoute, tags=["Events"])
# A client whose connection ends is asked to come again after so long.
_RETRY_MILLISECONDS = 2000
# So often a stream looks whether its reader may still read, and so long it waits for a database that is away.
_LOOK_SECONDS = 5.0
_AWAY_SECONDS = 1.0


@router.get("/", operation_id="listEvents", name="drf:events")
async def list_events(asked: ListAskedDep, actor: StaffDep, session: ReadSessionDep, urls: UrlsDep) -> EventPageOut:
    """Everything that happened, in order, after a number.

    Staff only. Whoever keeps the `sequence` of the last event they have seen, and asks for those after it, sees each
    exactly once.
    """
    page = await reading.list_events(session, actor, asked.after or 0, asked.limit, asked.wanted)
    return {"next": _next_url(urls, page), "results": [EventOut(**event) for event in page.events]}


def _next_url(urls: Urls, page: EventPage) -> str | None:
    if not page.has_more:
        return None
    parameters = {**urls.parameters(), "after": [str(page.events[-1]["sequence"])]}
    return urls.with_parameters(urls.path, dict(sorted(parameters.items())))


async def _begin(request: Request, asked: StreamAskedDep, actor: StaffDep) -> int:
    """The number a stream begins after: an error is answered before the stream begins."""
    newest = await service_of(request).feed.newest()
    if asked.after is None:
        return newest
    reading.check_is_known(asked.after, newest)
    return asked.after


BeginDep = Annotated[int, Depends(_begin)]


@router.get("/stream/", operation_id="streamEvents", name="drf:event_stream", response_class=EventSourceResponse)
async def stream_events(request: Request, asked: StreamAskedDep, begin: BeginDep) -> AsyncIterator[ServerSentEvent]:
    """Events as they happen, as server-sent events.

    Staff only. `id` is the event's `sequence`, `event` its type, `data` the event. Whoever connects again with
    `Last-Event-ID`, as browsers do by themselves, has missed nothing. Comments keep the connection open.
    """
    if request.method == "HEAD":
        return
    yield ServerSentEvent(id=str(begin), retry=_RETRY_MILLISECONDS)
    async for event in _follow(request, service_of(request).feed, begin):
        if asked.wanted.has(event.type, event.ticket_id):
            yield ServerSentEvent(id=str(event.sequence), event=event.type, raw_data=event.json)


async def _follow(request: Request, feed: EventFeed, sequence: int) -> AsyncIterator[FeedEvent]:
    """Every event after a number, until the process ends or the reader may not read any more."""
    clock = asyncio.get_running_loop().time
    look_at = clock() + _LOOK_SECONDS
    while True:
        try:
            events = await feed.after(sequence, _LOOK_SECONDS)
            if clock() >= look_at:
                if not await would_still_be_staff(request):
                    return
                look_at = clock() + _LOOK_SECONDS
        except DatabaseUnavailable:
            await asyncio.sleep(_AWAY_SECONDS)
            events = ()
        for event in events:
            yield event
            sequence = event.sequence
        if feed.ended:
            return
