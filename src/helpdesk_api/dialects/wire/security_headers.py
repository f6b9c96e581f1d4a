"""Headers that keep an answer from doing harm in a browser, on every answer."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from helpdesk_api.settings import Settings

RawHeaders = tuple[tuple[bytes, bytes], ...]

# An answer that says otherwise itself is left alone: downloads and the documentation's pages do.
ALWAYS: RawHeaders = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    # Answers are somebody's own, and some hold a token.
    (b"cache-control", b"no-store"),
)


def headers_of(settings: Settings, scheme: str) -> RawHeaders:
    """What an answer to a request over this scheme carries; a browser heeds HSTS over https only (RFC 6797, 7.2)."""
    if settings.hsts_seconds and scheme == "https":
        return (*ALWAYS, (b"strict-transport-security", b"max-age=%d" % settings.hsts_seconds))
    return ALWAYS


class SecurityHeaders:
    """ASGI middleware: adds the headers an answer has not got. Put it inside what learns the scheme from a proxy."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._plain = headers_of(settings, "http")
        self._encrypted = headers_of(settings, "https")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = self._encrypted if scope["scheme"] == "https" else self._plain

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = completed(message["headers"], wanted)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def completed(headers: Iterable[tuple[bytes, bytes]], wanted: RawHeaders) -> list[tuple[bytes, bytes]]:
    """The headers with those that are wanted and missing."""
    given = list(headers)
    names = {name for name, _ in given}
    given += [header for header in wanted if header[0] not in names]
    return given
