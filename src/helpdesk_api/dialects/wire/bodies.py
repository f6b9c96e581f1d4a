"""Request bodies: read with a limit, and described for the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request

from helpdesk_api.dialects.wire.problem import BadRequest

# JSON and forms without a file; files have a limit of their own.
MAX_BODY_SIZE = 1024**2
# A larger number is no length; Python is slow with, and at last refuses, numbers of thousands of digits.
_MOST_DIGITS = 18
# What Python could just read it may not be able to print any more, in a message or a log.
_MOST_LEVELS = 100


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
    """The body as it arrives. Raises `BadRequest` when the client goes away before its end."""
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise BadRequest("The request ended before its body was complete.") from None


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. Raises `BadRequest` (413) as soon as it is known to be larger than `limit` bytes."""
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
