"""What each refusal looks like, for the OpenAPI document: a real error, as its dialect renders it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from helpdesk_api.db.errors import DatabaseUnavailable
from helpdesk_api.dialects.wire.multipart import UploadTooLarge
from helpdesk_api.dialects.wire.problem import BadRequest, RenderProblem, TooSlow, problem_of
from helpdesk_api.domain.errors import Conflict, Forbidden, NotFound, TooMany, Unauthenticated
from helpdesk_api.domain.quotas import Quota
from helpdesk_api.storage.errors import StorageFull

_ERRORS: Mapping[int, Exception] = {
    401: Unauthenticated(),
    403: Forbidden(),
    404: NotFound(),
    408: TooSlow(),
    409: Conflict(),
    413: UploadTooLarge("The request body is larger than 1073741824 bytes."),
    415: BadRequest('Unsupported media type "text/plain" in request.', 415),
    429: TooMany([Quota("sign-in-name", 10, 60, 0, 42)]),
    503: DatabaseUnavailable(),
    507: StorageFull(),
}


def example_of(status: int, render: RenderProblem, wrong_values: Exception) -> Any:
    """The JSON body of a refusal with this status; `wrong_values` is what a dialect says 400 to."""
    problem = problem_of(wrong_values if status == 400 else _ERRORS[status])
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": []})
    return json.loads(bytes(render(problem, request).body))
