"""The time a request may take until it is answered; only files may take longer to come and to go."""

from __future__ import annotations

import asyncio
import time
from asyncio import Task, TimerHandle
from collections.abc import Awaitable

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from helpdesk_api.dialects.wire.bodies import is_receiving
from helpdesk_api.dialects.wire.problem import TOO_SLOW, Problem

_BODILESS = frozenset(("GET", "HEAD", "OPTIONS", "DELETE"))
_log = structlog.stdlib.get_logger("helpdesk_api")


class RequestDeadline:
    """ASGI middleware: 408 for a body that is not there in time, 503 for work that is not done in time.

    Bodies with files (`multipart/...`) have no such limit, and an answer that has begun is left to end. One timer
    serves all requests: `asyncio.timeout` for each would cost more than all of this.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds
        self._due: dict[Task[object], float] = {}  # in the order of time, since all have equally long
        self._late: set[Task[object]] = set()
        self._timer: TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it when its time is over."""
        task = asyncio.current_task()
        if scope["type"] != "http" or task is None or _carries_files(scope):
            await self._app(scope, receive, send)
            return
        due = self._due
        due[task] = time.monotonic() + self._seconds
        if self._timer is None:
            self._timer = task.get_loop().call_later(self._seconds, self._end_the_late, task.get_loop())

        def send_in_time(message: Message) -> Awaitable[None]:
            due.pop(task, None)
            return send(message)

        try:
            await self._app(scope, receive, send_in_time)
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            self._late.discard(task)
            task.uncancel()
            await self._refuse(scope, receive, send)
        finally:
            due.pop(task, None)

    def _end_the_late(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        for task, due in list(self._due.items()):
            left = due - time.monotonic()
            if left > 0:
                self._timer = loop.call_later(left, self._end_the_late, loop)
                return
            del self._due[task]
            self._late.add(task)
            task.cancel()

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = Problem(503, "This took too long. Please try again.", headers={"Retry-After": "5"})
        if is_receiving(scope):
            problem = TOO_SLOW
        else:
            _log.error("unavailable", status=503, reason=f"not answered within {self._seconds:g} seconds")
        response = scope["app"].state.render_problem(problem, Request(scope))
        await response(scope, receive, send)


def _carries_files(scope: Scope) -> bool:
    if scope["method"] in _BODILESS:
        return False
    named = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    return bool(named.lstrip().lower().startswith(b"multipart/"))
