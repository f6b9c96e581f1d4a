"""What a dialect is, and how the app is given one: its routers, and its shape for every error under its prefixes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from limits.errors import StorageError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from helpdesk_api.db.errors import ConstraintViolated, DatabaseUnavailable
from helpdesk_api.db.paginate import PageOutOfRange
from helpdesk_api.dialects.wire.multipart import MultipartError, UploadTooLarge
from helpdesk_api.dialects.wire.options import Describe, allow_header, allow_only, options_routes
from helpdesk_api.dialects.wire.problem import BadRequest, Problem, RenderProblem, TooSlow, problem_of
from helpdesk_api.dialects.wire.refusals import Refusals
from helpdesk_api.dialects.wire.route_index import RouteIndex
from helpdesk_api.dialects.wire.security_headers import completed, headers_of
from helpdesk_api.dialects.wire.state import Service
from helpdesk_api.domain.errors import DomainError
from helpdesk_api.domain.events.request_id import current_request_id
from helpdesk_api.settings import TicketKind
from helpdesk_api.storage.errors import ScannerUnavailable, StorageFull

HANDLED: tuple[type[Exception], ...] = (
    DomainError,
    BadRequest,
    TooSlow,
    PageOutOfRange,
    RequestValidationError,
    HTTPException,
    ConstraintViolated,
    DatabaseUnavailable,
    MultipartError,
    UploadTooLarge,
    StorageFull,
    StorageError,
    ScannerUnavailable,
    Exception,
)
_log = structlog.stdlib.get_logger("helpdesk_api")


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """One documented API: where it lives and how it says that something went wrong."""

    name: str
    prefixes: Sequence[str]
    routers: Sequence[APIRouter]
    render_problem: RenderProblem
    refusals: Refusals
    describe: Describe = allow_only
    # The routers that are about one kind of ticket alone: where that is not served, neither are they.
    only_for: Mapping[TicketKind, Sequence[APIRouter]] = field(default_factory=dict)
    tags: Sequence[Mapping[str, str]] = field(default_factory=list)
    # Above its tags in the documentation; its name where it has none.
    heading: str = ""

    def served(self, kinds: Collection[TicketKind]) -> list[APIRouter]:
        """The routers of a service of these kinds of ticket."""
        left_out = [router for kind, routers in self.only_for.items() if kind not in kinds for router in routers]
        return [router for router in self.routers if router not in left_out]


def install(app: FastAPI, service: Service, dialects: Sequence[Dialect], fallback: Dialect) -> None:
    """Add every dialect's routes, and one error handler that answers in the words of the dialect that was addressed."""
    _add_routes(app, service, (*dialects, fallback))
    addressed = by_prefix(dialects, fallback)

    def render(problem: Problem, request: Request) -> Response:
        return addressed(request.scope["path"]).render_problem(problem, request)

    async def handle(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if problem.status == 405:
            allow = allow_header(request)
            if request.method == "OPTIONS":  # the documentation's pages belong to no dialect
                return Response(headers=allow)
            problem = problem.with_headers(**allow)
        if problem.status >= 500:
            problem = _noted(problem)
        answer = render(problem, request)
        if problem.status == 500:  # sent from outside every middleware
            answer.raw_headers = completed(answer.raw_headers, headers_of(service.settings, request.scope["scheme"]))
        return answer

    app.state.render_problem = render
    for kind in HANDLED:
        app.add_exception_handler(kind, handle)


def by_prefix(dialects: Sequence[Dialect], fallback: Dialect) -> Callable[[str], Dialect]:
    """Which dialect a path belongs to: the one with the longest prefix, else `fallback`."""
    by_length = sorted(
        ((prefix, dialect) for dialect in dialects for prefix in dialect.prefixes),
        key=lambda entry: -len(entry[0]),
    )

    def addressed(path: str) -> Dialect:
        matching = (dialect for prefix, dialect in by_length if path == prefix or path.startswith(prefix + "/"))
        return next(matching, fallback)

    return addressed


def _add_routes(app: FastAPI, service: Service, dialects: Sequence[Dialect]) -> None:
    kinds = service.settings.ticket_kinds
    for dialect in dialects:
        for router in dialect.served(kinds):
            app.router.routes.extend(router.routes)
    service.paths.update({route.name: route.path_format for route in app.routes if isinstance(route, APIRoute)})
    for dialect in dialects:
        app.router.routes.extend(_options_of(dialect, frozenset(kinds)))
    # Starlette's router calls whatever stands here.
    app.router.middleware_stack = RouteIndex(app.router)


@cache
def _options_of(dialect: Dialect, kinds: frozenset[TicketKind]) -> list[APIRoute]:
    """Made once for all apps of a process, as the routers' own routes are."""
    return options_routes(dialect.served(kinds), dialect.describe)


def _noted(problem: Problem) -> Problem:
    """Log what the service lacks, and put the request's id on the answer.

    A plain 500 is logged by the server, with its traceback; it is sent from outside the middleware that knows the id.
    """
    if problem.status != 500:
        _log.error("unavailable", status=problem.status, reason=str(problem.error))
    request_id = current_request_id.get()
    return problem.with_headers(**{"X-Request-ID": request_id}) if request_id else problem
