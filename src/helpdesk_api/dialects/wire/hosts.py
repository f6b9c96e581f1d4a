"""The door for host names: a Host header nobody allowed never reaches a link or a route."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from helpdesk_api.dialects.wire.problem import Problem
from helpdesk_api.settings import LOOPBACK_HOSTS, Settings

# Load balancers ask for these by address.
EXEMPT = frozenset(("/healthz", "/readyz"))
# A name or an IPv6 literal, then at most a port (RFC 9110, section 7.2): anything else could turn a link around.
_HOST = re.compile(r"(?P<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """The host names to answer to: those set (or the loopback ones), and always the base URL's."""
    names = settings.allowed_hosts or LOOPBACK_HOSTS
    own = urlsplit(settings.base_url).hostname
    return frozenset(_bare(name) for name in (*names, *([own] if own else [])))


@lru_cache(maxsize=256)
def is_allowed(host: str, allowed: frozenset[str]) -> bool:
    """Whether a Host header (with or without a port) is well-formed and allowed.

    `*` allows all well-formed ones, `.example.com` a domain and everything below it.
    """
    parts = _HOST.fullmatch(host.lower())
    if parts is None:
        return False
    name = _bare(parts["name"])
    return any(
        rule in ("*", name) or (rule.startswith(".") and (name == rule[1:] or name.endswith(rule))) for rule in allowed
    )


def _bare(name: str) -> str:
    """In lower case, without the brackets of an IPv6 literal and the dot of a fully qualified name."""
    return name.lower().strip("[]").rstrip(".")


class AllowedHosts:
    """ASGI middleware: 400, in the words of the dialect addressed, for any other host."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._allowed = allowed_hosts(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http" or scope["path"].rstrip("/") in EXEMPT or self._is_welcome(scope):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        problem = Problem(400, "This host name is not allowed. See HELPDESK_ALLOWED_HOSTS.")
        response = scope["app"].state.render_problem(problem, request)
        await response(scope, receive, send)

    def _is_welcome(self, scope: Scope) -> bool:
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        return is_allowed(host.decode("latin-1"), self._allowed)
