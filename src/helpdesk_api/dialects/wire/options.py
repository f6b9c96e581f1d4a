"""OPTIONS on every path: by default which methods it takes; a dialect may say more."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from helpdesk_api.dialects.wire.routes import allowed_methods

Endpoint = Callable[..., Coroutine[Any, Any, Response]]
# The routes of one path to the endpoint that answers OPTIONS there.
Describe = Callable[[Sequence[APIRoute]], Endpoint]


def allow_only(_routes: Sequence[APIRoute]) -> Endpoint:
    """An empty answer with an `Allow` header, for anybody, as Flask gives."""

    async def options(request: Request) -> Response:
        return Response(headers=allow_header(request))

    return options


def allow_header(request: Request) -> dict[str, str]:
    """The methods that the path of this request takes."""
    return {"Allow": ", ".join(allowed_methods(request.app.routes, request.scope))}


def options_routes(routers: Sequence[APIRouter], describe: Describe) -> list[APIRoute]:
    """One more route for each path of these routers. CORS preflights never get here: they end in the middleware."""
    paths: dict[str, list[APIRoute]] = {}
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                paths.setdefault(route.path_regex.pattern, []).append(route)
    return [
        type(routes[0])(routes[0].path, describe(routes), methods=["OPTIONS"], include_in_schema=False)
        for routes in paths.values()
    ]
