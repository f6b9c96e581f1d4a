"""Answers a request from its route's dependencies and function, with nothing between them that was known before.

FastAPI finds out anew on each request what kind of function a dependency is, what it takes and in which order they
come, and opens three exit stacks around it. That costs more than the database for a small answer
(docs/performance.md). Here it is found out once, when the route is made; a route or a request that needs more than
that goes FastAPI's way, so no answer changes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

# The request has the first place among the values, those of the path come next, then what each step gives.
_REQUEST = 0
_Takes: TypeAlias = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """One call: the places of what it takes; `ends` where something is to be done after the last of them."""

    call: Callable[..., Any]
    takes: _Takes
    ends: bool


class DirectAnswer:
    """ASGI app for one route; `otherwise` is FastAPI's, for requests whose path is not made as the route wants it."""

    def __init__(self, path_fields: Sequence[ModelField], steps: Sequence[_Step], otherwise: ASGIApp) -> None:
        self._path_fields = path_fields
        self._steps = steps
        self._ends = any(step.ends for step in steps)
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. What is raised is for Starlette's handlers further out, as FastAPI's is."""
        request = Request(scope, receive, send)
        values: list[Any] = [request]
        for field in self._path_fields:
            value, problems = field.validate(scope["path_params"][field.alias])
            if problems:
                await self._otherwise(scope, receive, send)
                return
            values.append(value)
        response = await (self._answer_and_end(values) if self._ends else self._answer(values))
        await response(scope, receive, send)

    async def _answer(self, values: list[Any]) -> Response:
        for step in self._steps:
            values.append(await step.call(**{name: values[place] for name, place in step.takes}))
        response: Response = values[-1]
        return response

    async def _answer_and_end(self, values: list[Any]) -> Response:
        async with AsyncExitStack() as stack:
            for step in self._steps:
                called = step.call(**{name: values[place] for name, place in step.takes})
                values.append(await (stack.enter_async_context(called) if step.ends else called))
        response: Response = values[-1]
        return response


def answered_directly(dependant: Dependant, otherwise: ASGIApp) -> ASGIApp:
    """An app for a route whose function gives a `Response`; `otherwise` itself where more is needed than this can do.

    That is: parameters FastAPI reads, except from the path, functions that are not async, and dependencies that end
    after the answer was sent.
    """
    places: dict[object, int] = {}
    fields: dict[str, ModelField] = {}
    every = [*_in_order(dependant), dependant]
    if not all(map(_is_plain, every)):
        return otherwise
    for one in every:
        fields.update({field.alias: field for field in one.path_params})
    places.update({alias: place for place, alias in enumerate(fields, _REQUEST + 1)})
    steps: list[_Step] = []
    for one in every:
        if one.call in places:  # once a request, whoever asks for it
            continue
        places[one.call] = 1 + len(fields) + len(steps)
        steps.append(_step(one, places))
    return DirectAnswer(list(fields.values()), steps, otherwise)


def _in_order(dependant: Dependant) -> list[Dependant]:
    """The dependencies, each after those of its own."""
    return [found for one in dependant.dependencies for found in (*_in_order(one), one)]


def _is_plain(one: Dependant) -> bool:
    read = (one.query_params, one.header_params, one.cookie_params, one.body_params)
    given = (
        one.websocket_param_name,
        one.http_connection_param_name,
        one.response_param_name,
        one.background_tasks_param_name,
        one.security_scopes_param_name,
    )
    ends = inspect.isasyncgenfunction(one.call) and one.scope == "function"
    return not any(read) and not any(given) and one.use_cache and (ends or inspect.iscoroutinefunction(one.call))


def _step(one: Dependant, places: dict[object, int]) -> _Step:
    call = one.call
    if call is None:
        raise TypeError(f"the dependency {one.name} calls nothing")
    takes = [(inner.name, places[inner.call]) for inner in one.dependencies if inner.name is not None]
    takes += [(field.name, places[field.alias]) for field in one.path_params]
    if one.request_param_name is not None:
        takes.append((one.request_param_name, _REQUEST))
    ends = inspect.isasyncgenfunction(call)
    return _Step(asynccontextmanager(call) if ends else call, tuple(takes), ends)
