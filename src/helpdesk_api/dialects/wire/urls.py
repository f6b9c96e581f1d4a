"""Absolute links, from route names and pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Depends
from starlette.requests import Request

from helpdesk_api.dialects.wire.state import service_of

# Most names of files have nothing in them that `quote` would change, which it takes its time to find out.
_PLAIN = re.compile(r"[A-Za-z0-9_.~/-]*", re.ASCII)


class Urls:
    """Links for one request: from HELPDESK_BASE_URL where it is set, else from the request itself."""

    __slots__ = ("_paths", "base", "path", "query")

    def __init__(self, base: str, path: str, query: str, paths: Mapping[str, str]) -> None:
        self.base = base
        self.path = path
        self.query = query
        self._paths = paths

    def to(self, route: str, **parameters: object) -> str:
        """The absolute URL of a route by its name."""
        return self.base + self.path_to(route, **parameters)

    def find(self, route: str) -> str | None:
        """As `to`, but `None` for a route that this service does not serve."""
        return self.to(route) if route in self._paths else None

    def path_to(self, route: str, **parameters: object) -> str:
        """The path of a route by its name."""
        return self._paths[route].format(**parameters)

    def before_id(self, route: str) -> str:
        """The absolute URL of a route up to its first parameter, for those who need it many times."""
        return self.base + self._paths[route].partition("{")[0]

    def media(self, path: str) -> str:
        """The absolute URL of a stored file."""
        return self.base + media_path(path)

    def parameters(self) -> dict[str, list[str]]:
        """The query parameters of this request, each with all its values."""
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(self.query, keep_blank_values=True):
            found.setdefault(name, []).append(value)
        return found

    def with_parameters(self, path: str, parameters: Mapping[str, object]) -> str:
        """The absolute URL of a path with these query parameters, in their order."""
        query = urlencode(parameters, doseq=True)
        return f"{self.base}{path}?{query}" if query else self.base + path


def media_path(path: str) -> str:
    """The URL path of a stored file."""
    return "/media/" + (path if _PLAIN.fullmatch(path) else quote(path))


async def _urls(request: Request) -> Urls:
    service = service_of(request)
    # From the scope: Starlette's `request.url` takes every query for UTF-8, which nothing makes it.
    base = service.settings.base_url or f"{request.scope['scheme']}://{request.headers.get('host', 'localhost')}"
    query = request.scope["query_string"].decode("latin-1")
    return Urls(base, request.scope["path"], query, service.paths)


UrlsDep = Annotated[Urls, Depends(_urls)]
