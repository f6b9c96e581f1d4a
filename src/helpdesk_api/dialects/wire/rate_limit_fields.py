"""RateLimit and RateLimit-Policy: quotas as header fields, after draft-ietf-httpapi-ratelimit-headers-10.

Both are lists of strings with parameters (RFC 9651): a policy's quota `q` in each window of `w` seconds, or with the
unit `qu` of what goes on at the same time; and of each how much is left, `r`, and in how many seconds it begins anew,
`t`. The drafts before the eighth had three fields, RateLimit-Limit, -Remaining and -Reset, which are not sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.domain.quotas import Quota

# Where a request keeps the quota it was counted in.
_QUOTA = "helpdesk.quota"


def fields_of(quotas: Sequence[Quota]) -> dict[str, str]:
    """The header fields that tell of these quotas."""
    return {
        "RateLimit-Policy": ", ".join(f'"{one.name}";q={one.amount};{_unit(one)}' for one in quotas),
        "RateLimit": ", ".join(f'"{one.name}";r={one.remaining};t={one.reset}' for one in quotas),
    }


def _unit(quota: Quota) -> str:
    return 'qu="concurrent-requests"' if quota.window is None else f"w={quota.window}"


async def take_request(request: Request, token_id: int) -> None:
    """Count a request that came with a token. Raises `TooManyRequests`."""
    request.scope[_QUOTA] = await service_of(request).limits.take_request(token_id)


class RateLimitFields:
    """ASGI middleware: tells in each answer what is left of the quota its request was counted in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_fields(message: Message) -> None:
            if message["type"] == "http.response.start" and _QUOTA in scope:
                MutableHeaders(scope=message).update(fields_of([scope[_QUOTA]]))
            await send(message)

        await self._app(scope, receive, send_with_fields)
