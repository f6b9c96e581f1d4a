"""Structured logs, the request id, and one access line per request; no secrets in any of them."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from helpdesk_api.domain.events.request_id import current_request_id

_ID_FIELD = b"x-request-id"
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._~-]{1,64}")
# Libraries that say what is not worth a line, or (httpcore) whole addresses with what is secret in them.
_TALKATIVE = ("alembic", "httpcore")
_QUIET = frozenset(("/healthz", "/readyz"))


def configure_logs(level: str, log_format: str) -> None:
    """Send our own and the libraries' log lines to standard error, as `console` text or `json`."""
    shared: list[structlog.types.Processor] = [
        _with_request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _without_colours,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    exceptions: list[structlog.types.Processor] = []
    if log_format == "json":
        exceptions.append(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *exceptions, _renderer(log_format)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "alembic"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _renderer(log_format: str) -> structlog.types.Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer(serializer=_dumps)
    # Plain tracebacks: the default ones, with rich installed, show every frame's variables, passwords among them.
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)


def _dumps(line: Mapping[str, Any], default: Callable[[Any], Any], **_options: Any) -> str:
    return orjson.dumps(line, default=default, option=orjson.OPT_NON_STR_KEYS).decode()


def _access_line(level: str, log_format: str) -> Callable[[dict[str, Any]], None]:
    """What writes the line of each request: straight to standard error, which costs a tenth of a `logging` record."""
    if log_format == "json":
        return _JsonLines(sys.stderr.buffer).add if level in ("DEBUG", "INFO") else _nothing
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _renderer(log_format),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
    ).bind(logger="helpdesk_api.access")
    return lambda line: logger.info("request", **line)


class _JsonLines:
    """Lines as structlog would put them, written at the end of the event loop's round: those of one round together."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lines: list[bytes] = []

    def add(self, line: dict[str, Any]) -> None:
        about = {"event": "request", "logger": "helpdesk_api.access", "level": "info", "timestamp": datetime.now(UTC)}
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._write)
        self._lines.append(orjson.dumps({**line, **about}, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE))

    def _write(self) -> None:
        lines, self._lines = self._lines, []
        self._stream.write(b"".join(lines))
        self._stream.flush()


def _nothing(_line: dict[str, Any]) -> None:
    """Requests are below the level that is logged."""


def _with_request_id(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Name the request that is being served, if one is."""
    request_id = current_request_id.get()
    if request_id is not None:
        line.setdefault("request_id", request_id)
    return line


def _without_colours(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Leave out uvicorn's second copy of a message, which is for terminals."""
    line.pop("color_message", None)
    return line


class RequestLog:
    """ASGI middleware: gives each request an id (`X-Request-ID`, taken over when sensible) and logs it at its end."""

    def __init__(self, app: ASGIApp, level: str, log_format: str) -> None:
        self._app = app
        self._write_line = _access_line(level, log_format)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == _ID_FIELD), b"")
        request_id = given.decode() if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
        current_request_id.set(request_id)
        status = 500
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                others = [field for field in message["headers"] if field[0] != _ID_FIELD]
                message["headers"] = [*others, (_ID_FIELD, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            self._write(scope, status, started, request_id)

    def _write(self, scope: Scope, status: int, started: float, request_id: str) -> None:
        # The query string stays out: it may carry search words and addresses.
        if scope["path"].rstrip("/") not in _QUIET or status >= 500:
            client = scope.get("client")
            self._write_line(
                {
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "ms": round((time.perf_counter() - started) * 1000, 1),
                    "client": client[0] if client else None,
                    "request_id": request_id,
                }
            )
