"""uvicorn's HTTP protocol, with limits it lacks: on the size of a request's head, and on a client's slowness.

uvicorn 0.54 limits only the time between two requests. A client that sends half a head, or a byte now and then, or that
does not read its answer, would keep its connection for ever (Kludex/uvicorn issue 157). Bodies have their limits where
they are read (`dialects/wire/bodies.py`), since what is done with them may take time that is not the client's.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from helpdesk_api.dialects.wire.problem import TOO_SLOW, Problem
from helpdesk_api.serving.whole_answers import WholeAnswers
from helpdesk_api.settings import Settings

MOST_HEADERS = 100
# What the event loop hands over at once, at most (uvloop).
_LARGEST_PIECE = 256 * 1024
_log = structlog.stdlib.get_logger("helpdesk_api.access")


class PatientProtocol(HttpToolsProtocol):
    """One connection. Its patience ends, but nobody else's requests do.

    There is a timer whenever a head is not complete within one piece, and until the first one is; what whole requests
    cost more than in uvicorn is a few comparisons. Refusals are in the words of the dialect whose path was sent.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        settings: Settings = self.config.loaded_app.state.service.settings
        self._header_timeout = settings.header_timeout
        self._reading_timeout = settings.body_idle_timeout
        self._most = settings.max_header_size
        self._in_head = False
        self._head_size = 0  # without the piece that is being parsed
        self._piece = 0
        self._clock: asyncio.TimerHandle | None = None
        self._reader_clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Expect a request."""
        super().connection_made(transport)
        self.transport = WholeAnswers(transport, self.loop)  # type: ignore[assignment]  # it has all that is used
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop every timer."""
        self._stop_clock()
        self._stop_reader_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse a piece, and look whether the client still owes the rest of a head, or of a body nobody wants."""
        self._piece = len(data)
        super().data_received(data)
        if self._in_head:
            self._head_size += len(data)
            if self._head_size > self._most + _LARGEST_PIECE:
                self._answer(self._too_large())
        if self.cycle is None or self.cycle.response_complete:
            self._start_clock()
        else:
            self._stop_clock()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head = True
        self._head_size = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head is complete: let it be answered, or refused where it is too large."""
        self._in_head = False
        if not self._is_too_large():
            super().on_headers_complete()
            return
        app, self.app = self.app, self._refuse
        try:
            super().on_headers_complete()
        finally:
            self.app = app

    def shutdown(self) -> None:
        """The process is about to end: streams that would never end by themselves do it now."""
        app: Any = self.config.loaded_app
        app.state.service.feed.end()
        super().shutdown()

    def pause_writing(self) -> None:
        """The client does not read as fast as it is written to."""
        super().pause_writing()
        self._watch_reader(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """The client has read on."""
        super().resume_writing()
        self._stop_reader_clock()

    def _start_clock(self) -> None:
        if self._clock is None:
            self._clock = self.loop.call_later(self._header_timeout, self._time_is_over)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _time_is_over(self) -> None:
        self._clock = None
        if self._in_head:
            self._answer(TOO_SLOW)
        elif not self.transport.is_closing():
            self.transport.close()

    def _watch_reader(self, waiting: int) -> None:
        self._reader_clock = self.loop.call_later(self._reading_timeout, self._look_at_reader, waiting)

    def _look_at_reader(self, before: int) -> None:
        waiting = self.transport.get_write_buffer_size()
        if waiting < before:
            self._watch_reader(waiting)
        else:
            self.transport.abort()

    def _stop_reader_clock(self) -> None:
        if self._reader_clock is not None:
            self._reader_clock.cancel()
            self._reader_clock = None

    def _is_too_large(self) -> bool:
        if len(self.headers) > MOST_HEADERS:
            return True
        if self._head_size + self._piece <= self._most:
            return False
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > self._most

    def _too_large(self) -> Problem:
        words = f"The request's head is larger than {self._most} bytes, or has more than {MOST_HEADERS} fields."
        return Problem(431, words, headers={"Connection": "close"})

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application for a head that is too large."""
        await self._rendered(self._too_large(), scope)(scope, receive, send)

    def _answer(self, problem: Problem) -> None:
        """Answer without an application: there is no whole request yet."""
        if self.transport.is_closing():
            return
        _log.info("half a request", status=problem.status, client=self.client[0] if self.client else None)
        path = self.url.partition(b"?")[0].decode("latin-1")
        response = self._rendered(problem, {**self.scope, "method": "GET", "path": path, "query_string": b""})
        fields = (*self.server_state.default_headers, *response.raw_headers)
        lines = (name + b": " + value + b"\r\n" for name, value in fields)
        self.transport.write(b"".join((STATUS_LINE[problem.status], *lines, b"\r\n", response.body)))
        self.transport.close()

    def _rendered(self, problem: Problem, scope: Scope) -> Response:
        app: Any = self.config.loaded_app
        response: Response = app.state.render_problem(problem, Request({**scope, "app": app}))
        return response
