"""Request bodies: read with a limit, and described for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel
from starlette.requests import Request

from helpdesk_api.dialects.wire.problem import BadRequest

# JSON and forms without a file; files have a limit of their own.
MAX_BODY_SIZE = 1024**2


@dataclass(frozen=True, slots=True)
class BodyModel:
    """What a dependency reads from the body, for the OpenAPI document: one of `schemas`.

    `partial` requires no field.
    """

    schemas: Sequence[type[BaseModel]]
    media_types: Sequence[str]
    partial: bool = False


def media_type_of(request: Request) -> str:
    """The body's media type without parameters, in lower case; JSON where none is named."""
    named = request.headers.get("content-type", "application/json")
    return named.partition(";")[0].strip().lower()


def declared_length(request: Request) -> int | None:
    """The body's length in bytes as the client announced it, if it did."""
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isdigit() else None


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. Raises `BadRequest` (413) as soon as it is known to be larger than `limit` bytes."""
    refusal = BadRequest(f"The request body is larger than {limit} bytes.", 413)
    if (declared_length(request) or 0) > limit:
        raise refusal
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise refusal
    return bytes(body)
