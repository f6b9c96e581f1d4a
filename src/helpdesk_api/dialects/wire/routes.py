"""Routes as the dialects need them: the trailing slash is optional, and HEAD works where GET does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, get_args, get_origin, get_type_hints

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from helpdesk_api.dialects.wire.answers import Json
from helpdesk_api.dialects.wire.direct import answered_directly


class WireRoute(APIRoute):
    """A route that also answers its path with the other ending, without a redirect (a redirect loses POST bodies).

    HEAD is not put into `methods`, so that the OpenAPI document does not list it as an operation of its own; servers
    leave the body out by themselves (RFC 9110, section 9.3.2).
    """

    optional_suffix = ""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        answer = get_type_hints(endpoint, include_extras=True).get("return")
        is_json = get_origin(answer) is Json
        if is_json:
            (options["response_model"],) = get_args(answer)
        super().__init__(path, endpoint, **options)
        if is_json:
            self.app = answered_directly(self.dependant, self.app)
        ending = path.rstrip("/")
        bare = self.path_regex.pattern.removesuffix("$").removesuffix("/") if ending else "^"
        if self.optional_suffix:  # what is optional comes before a parameter's greed
            bare = bare.replace("[^/]+)", "[^/]+?)")
        self.path_regex = re.compile(rf"{bare}{self.optional_suffix}/?\Z")

    @property
    def is_fixed(self) -> bool:
        """Whether there is one path it serves, with or without a slash at its end."""
        return not self.param_convertors and not self.optional_suffix

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a request; HEAD counts as GET."""
        if self._is_head(scope):
            scope = {**scope, "method": "GET"}
        return super().matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that matched, or say which methods would have."""
        if self._is_head(scope):
            await self.app(scope, receive, send)
        else:
            await super().handle(scope, receive, send)

    def _is_head(self, scope: Scope) -> bool:
        return scope["type"] == "http" and scope["method"] == "HEAD" and "GET" in (self.methods or ())


def allowed_methods(routes: list[BaseRoute], scope: Scope) -> list[str]:
    """Every method the path of this request is served with, in DRF's order; empty for a path nobody serves."""
    methods: set[str] = set()
    for route in routes:
        if isinstance(route, APIRoute) and route.matches(scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    if "GET" in methods:
        methods.add("HEAD")
    if methods:
        methods.add("OPTIONS")
    order = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
    return [method for method in order if method in methods]
