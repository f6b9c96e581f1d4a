"""Any error on its way to the client: a status, what it is about, and messages; each dialect gives it a shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from fastapi.exceptions import RequestValidationError
from limits.errors import StorageError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from helpdesk_api.db.errors import ConstraintViolated, DatabaseUnavailable
from helpdesk_api.db.paginate import PageOutOfRange
from helpdesk_api.dialects.wire.multipart import MultipartError, UploadTooLarge
from helpdesk_api.dialects.wire.rate_limit_fields import fields_of
from helpdesk_api.domain.attachments.errors import QuotaExceeded
from helpdesk_api.domain.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from helpdesk_api.storage.errors import ScannerUnavailable, StorageFull


class BadRequest(Exception):
    """A request that cannot be read: malformed JSON, broken multipart, a type we do not take, or wrong `fields`."""

    def __init__(self, detail: str, status: int = 400, fields: Mapping[str, object] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.fields = fields


class TooSlow(Exception):
    """The body of a request does not come, or comes in drops."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What to tell the client. `fields` is there for wrong values, `detail` for everything else."""

    status: int
    detail: str = ""
    fields: Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    error: Exception | None = None

    def with_headers(self, **headers: str) -> Problem:
        """The same problem with more headers."""
        return replace(self, headers={**self.headers, **headers})


RenderProblem = Callable[[Problem, Request], Response]
# The first kind that fits counts.
STATUS: Mapping[type[Exception], int] = {
    QuotaExceeded: 413,
    Invalid: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooMany: 429,
    ConstraintViolated: 409,
    MultipartError: 400,
    UploadTooLarge: 413,
}
SCANNER_UNAVAILABLE = "The virus scanner is not available. Please try again."
UNAVAILABLE = "The database is not available. Please try again."
UNCOUNTED = "Rate limits cannot be counted at the moment. Please try again."
# The server closes the connection, as RFC 9110 (section 15.5.9) asks: what is left of the request is not waited for.
TOO_SLOW = Problem(408, "The request did not arrive in time.", headers={"Connection": "close"})


def problem_of(error: Exception) -> Problem:
    """The problem an exception is. Anything unexpected is a 500 that says nothing of its cause."""
    match error:
        case RequestValidationError():
            return _problem_of_parameters(error)
        case BadRequest():
            return Problem(error.status, error.detail, error.fields, error=error)
        case HTTPException():
            return Problem(error.status_code, str(error.detail), headers=error.headers or {}, error=error)
        case PageOutOfRange():
            return Problem(404, "Invalid page.", error=error)
        case StorageFull():
            return Problem(507, "There is no room left for files.", error=error)
    return _problem_that_passes(error) or _problem_by_kind(error)


def _problem_that_passes(error: Exception) -> Problem | None:
    """A problem that trying again, after a while where there is a `Retry-After`, may get round."""
    match error:
        case TooSlow():
            return replace(TOO_SLOW, error=error)
        case TooMany():
            headers = {"Retry-After": str(error.retry_after), **fields_of(error.quotas)}
            return Problem(429, str(error), headers=headers, error=error)
        case StorageError():
            return Problem(503, UNCOUNTED, headers={"Retry-After": "5"}, error=error)
        case DatabaseUnavailable():
            return Problem(503, UNAVAILABLE, headers={"Retry-After": "5"}, error=error)
        case ScannerUnavailable():
            return Problem(503, SCANNER_UNAVAILABLE, headers={"Retry-After": "30"}, error=error)
    return None


def _problem_by_kind(error: Exception) -> Problem:
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), None)
    if status is None:
        return Problem(500, "A server error occurred.", error=error)
    return Problem(status, str(error), error.fields if isinstance(error, Invalid) else None, error=error)


def _problem_of_parameters(error: RequestValidationError) -> Problem:
    """A path that is no path of ours is 404; other parameters are named with what is wrong with them."""
    fields: dict[str, list[str]] = {}
    for one in error.errors():
        if one["loc"][0] == "path":
            return Problem(404, "Not found.", error=error)
        fields.setdefault(str(one["loc"][-1]), []).append(one["msg"])
    return Problem(400, "Invalid input.", fields, error=error)
