"""What a dialect is, and how the app is given one: its routers, and its shape for every error under its prefixes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.db.paginate import PageOutOfRange
from helpdesk_api.dialects.wire.multipart import MultipartError, UploadTooLarge
from helpdesk_api.dialects.wire.problem import BadRequest, Problem, problem_of
from helpdesk_api.dialects.wire.routes import allowed_methods
from helpdesk_api.dialects.wire.state import Service
from helpdesk_api.domain.errors import DomainError
from helpdesk_api.storage.errors import StorageFull

HANDLED: tuple[type[Exception], ...] = (
    DomainError,
    BadRequest,
    PageOutOfRange,
    RequestValidationError,
    HTTPException,
    DatabaseUnavailable,
    MultipartError,
    UploadTooLarge,
    StorageFull,
    Exception,
)
RenderProblem = Callable[[Problem, Request], Response]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One documented API: where it lives and how it says that something went wrong."""

    name: str
    prefixes: Sequence[str]
    routers: Sequence[APIRouter]
    render_problem: RenderProblem
    tags: Sequence[Mapping[str, str]] = field(default_factory=list)


def install(app: FastAPI, service: Service, dialects: Sequence[Dialect], fallback: Dialect) -> None:
    """Add every dialect's routes, and one error handler that answers in the words of the dialect that was addressed."""
    for dialect in (*dialects, fallback):
        for router in dialect.routers:
            app.router.routes.extend(router.routes)
    service.paths.update({route.name: route.path_format for route in app.routes if isinstance(route, APIRoute)})
    by_length = sorted(
        ((prefix, dialect.render_problem) for dialect in dialects for prefix in dialect.prefixes),
        key=lambda entry: -len(entry[0]),
    )

    def render(problem: Problem, request: Request) -> Response:
        path = request.scope["path"]
        matching = (shape for prefix, shape in by_length if path == prefix or path.startswith(prefix + "/"))
        return next(matching, fallback.render_problem)(problem, request)

    async def handle(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if problem.status == 405:
            problem = problem.with_headers(Allow=", ".join(allowed_methods(app.routes, request.scope)))
        return render(problem, request)

    app.state.render_problem = render
    for kind in HANDLED:
        app.add_exception_handler(kind, handle)
