"""Find a request's route by its path, or the first words of it, instead of trying every route in turn.

With over a hundred routes, trying each costs more than answering. Whatever is not found here (another method, a path
nobody serves) goes the usual way, so the index changes no answer.
"""

from __future__ import annotations

from collections import defaultdict

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from helpdesk_api.dialects.wire.routes import WireRoute

Key = tuple[str, str]


class RouteIndex:
    """ASGI app in front of a router, over the routes it has now."""

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self._routes: dict[Key, list[APIRoute]] = defaultdict(list)
        self._fixed: dict[Key, WireRoute] = {}
        for route in router.routes:
            if isinstance(route, APIRoute):
                self._routes[_key(route.path_format)].append(route)
            if isinstance(route, WireRoute) and route.is_fixed:
                self._add_fixed(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            fixed = self._fixed.get((scope["method"], scope["path"]))
            if fixed is not None:
                scope.update(router=self._router, route=fixed, endpoint=fixed.endpoint, path_params={})
                await fixed.app(scope, receive, send)
                return
            for route in self._routes.get(_key(scope["path"]), ()):
                match, child_scope = route.matches(scope)
                if match is Match.FULL:
                    scope["router"] = self._router
                    scope.update(child_scope)
                    await route.handle(scope, receive, send)
                    return
        await self._router.app(scope, receive, send)

    def _add_fixed(self, route: WireRoute) -> None:
        path = route.path_format.rstrip("/")
        for method in route.methods or ():
            for ending in (path, path + "/"):
                self._fixed.setdefault((method, ending), route)  # of two, the first is the one that is asked


def _key(path: str) -> Key:
    _, first, second, *_ = (*path.split("/", 3), "", "")
    return first, second
