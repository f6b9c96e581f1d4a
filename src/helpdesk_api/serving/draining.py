"""A stop in two steps: SIGTERM takes the process off the balancers' lists first, and ends it a while later."""

from __future__ import annotations

import asyncio
import signal
from types import FrameType

import structlog
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Scope, Send

from helpdesk_api.dialects.wire.state import Service

_log = structlog.stdlib.get_logger(__name__)


class Draining:
    """The app, for a server that gets SIGTERM only some seconds after it was sent.

    In between `/readyz` is 503, so that whoever asks it sends nothing new, everything else is served as before, and
    each answer ends its connection, so that no proxy keeps one for a request that would come too late. SIGINT is not
    held up.
    """

    def __init__(self, app: FastAPI, seconds: float) -> None:
        """To be made in the main thread, in the running loop, once the server has its own handler for SIGTERM."""
        self._app = app
        self.state = app.state  # as the app has it: the protocol reads its limits there
        self._service: Service = app.state.service
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._end = signal.signal(signal.SIGTERM, self._on_signal)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        closing = self._service.stopping and scope["type"] == "http"
        await self._app(scope, receive, _ending_the_connection(send) if closing else send)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        # A second one changes nothing: a service manager may send it to the supervisor and to each worker.
        if not self._service.stopping:
            self._service.stopping = True
            self._loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        _log.info("draining", seconds=self._seconds)
        self._loop.call_later(self._seconds, self._pass_on)

    def _pass_on(self) -> None:
        if callable(self._end):
            self._end(signal.SIGTERM, None)


def _ending_the_connection(send: Send) -> Send:
    async def send_closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Connection"] = "close"
        await send(message)

    return send_closing
