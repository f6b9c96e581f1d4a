"""Request bodies: read with a limit, and described for the OpenAPI document."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.types import Scope

from helpdesk_api.dialects.wire.problem import BadRequest, TooSlow
from helpdesk_api.dialects.wire.state import service_of

# A larger number is no length; Python is slow with, and at last refuses, numbers of thousands of digits.
_MOST_DIGITS = 18
# What Python could just read it may not be able to print any more, in a message or a log.
_MOST_LEVELS = 100
# With less than this, in bytes, a body has not moved on: else a byte now and then would keep a request open for ever.
_LEAST_PROGRESS = 1024
# Less than this, in bytes, is not handed on by itself: to parse a byte costs as much as to parse a whole piece.
_SMALLEST_PIECE = 4096
# Set in a request's scope while the service waits for more of its body.
_RECEIVING = "helpdesk.receiving"


@dataclass(frozen=True, slots=True)
class BodyModel:
    """What a dependency reads from the body, for the OpenAPI document: one of `schemas`.

    `partial` requires no field.
    """

    schemas: Sequence[type[BaseModel]]
    media_types: Sequence[str]
    partial: bool = False


def reads_body(read: Callable[..., Any], model: BodyModel, scope: Literal["function", "request"] | None = None) -> Any:
    """The dependency that runs `read`, with what it reads described for the OpenAPI document."""
    read.body_model = model  # type: ignore[attr-defined]  # the OpenAPI document finds it here
    return Depends(read, scope=scope)


def media_type_of(request: Request) -> str:
    """The body's media type without parameters, in lower case; JSON where none is named."""
    named = request.headers.get("content-type", "application/json")
    return named.partition(";")[0].strip().lower()


def declared_length(request: Request) -> int | None:
    """The body's length in bytes as the client announced it, if it did."""
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdigit() and len(declared) <= _MOST_DIGITS else None


async def chunks_of(request: Request) -> AsyncIterator[bytes]:
    """The body as it arrives, while it does, in pieces that are worth a look: a drop at a time is collected first.

    Raises `BadRequest` when the client goes away before its end, and `TooSlow` when it keeps the service waiting longer
    than HELPDESK_BODY_IDLE_TIMEOUT says without sending a KiB. Only waiting counts, not what is done with the chunks.
    """
    patience = limit = service_of(request).settings.body_idle_timeout
    came = 0
    drops = bytearray()
    clock = asyncio.get_running_loop().time
    stream = request.stream()
    while True:
        began = clock()
        chunk = await _next_chunk(request, stream, patience)
        if chunk is None:
            break
        patience -= clock() - began
        came += len(chunk)
        if came >= _LEAST_PROGRESS:
            patience, came = limit, 0
        if len(chunk) >= _SMALLEST_PIECE and not drops:
            yield chunk  # as it is: large ones are not copied
            continue
        drops += chunk
        if len(drops) >= _SMALLEST_PIECE:
            yield bytes(drops)
            drops.clear()
    if drops:
        yield bytes(drops)


async def _next_chunk(request: Request, stream: AsyncIterator[bytes], patience: float) -> bytes | None:
    request.scope[_RECEIVING] = True
    try:
        async with asyncio.timeout(patience):
            chunk = await anext(stream, None)
    except TimeoutError:
        raise TooSlow from None
    except ClientDisconnect:
        raise BadRequest("The request ended before its body was complete.") from None
    request.scope[_RECEIVING] = False
    return chunk


def is_receiving(scope: Scope) -> bool:
    """Whether the service waits, or was waiting in the end, for more of a request's body."""
    return bool(scope.get(_RECEIVING))


async def read_body(request: Request) -> bytes:
    """The whole body. Raises `BadRequest` (413) as soon as it is known to be larger than HELPDESK_MAX_BODY_SIZE."""
    limit = service_of(request).settings.max_body_size
    refusal = BadRequest(f"The request body is larger than {limit} bytes.", 413)
    if (declared_length(request) or 0) > limit:
        raise refusal
    body = bytearray()
    async for chunk in chunks_of(request):
        body += chunk
        if len(body) > limit:
            raise refusal
    return bytes(body)


def parse_json(body: bytes) -> Any:
    """Strict JSON: no NaN, no infinity. Raises ValueError saying what is wrong."""
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("Too deeply nested.") from None
    except ValueError as error:
        if str(error).startswith("Exceeds the limit"):
            raise ValueError("A number has too many digits.") from None
        raise
    if _is_deeper_than(_MOST_LEVELS, data):
        raise ValueError("Too deeply nested.")
    return data


def _is_deeper_than(levels: int, data: Any) -> bool:
    level = [data]
    for _ in range(levels):
        inner = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [value for values in inner for value in values]
        if not level:
            return False
    return any(isinstance(value, dict | list) for value in level)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"Out of range float values are not JSON compliant: {name!r}")
