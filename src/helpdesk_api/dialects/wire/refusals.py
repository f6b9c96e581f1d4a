"""What the OpenAPI document says of refusals that belong together, in every dialect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# Where credentials are asked for, they may be wrong too often; where a body is read, it may be slow.
_COMPANIONS: Mapping[int, int] = {401: 429, 413: 408}

HEADERS: Mapping[int, Mapping[str, Any]] = {
    429: {
        "headers": {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
            "RateLimit-Policy": {
                "description": "The quotas that are used up (draft-ietf-httpapi-ratelimit-headers-10).",
                "schema": {"type": "string"},
                "example": '"sign-in-name";q=10;w=60',
            },
            "RateLimit": {
                "description": "What is left of each, and in how many seconds it begins anew.",
                "schema": {"type": "string"},
                "example": '"sign-in-name";r=0;t=42',
            },
        }
    }
}


def with_companions(statuses: Iterable[int]) -> list[int]:
    """The statuses, and those that are possible wherever they are, in ascending order."""
    given = set(statuses)
    return sorted(given | {_COMPANIONS[status] for status in given if status in _COMPANIONS})
