"""DRF's error bodies: `{"detail": ...}` and `{"field": [...]}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from helpdesk_api.dialects.wire.problem import BadRequest, Problem
from helpdesk_api.dialects.wire.refusals import Refusals
from helpdesk_api.domain.errors import NotFound, TooMany

# What clients call a field of the core, where they have a word of their own.
WIRE_NAMES: Mapping[str, str] = {"queue_id": "queue", "assignee_id": "assigned_to", "merged_to_id": "merged_to"}
CHALLENGE = 'Basic realm="api"'


class Detail(BaseModel):
    """Why a request was refused."""

    detail: str = Field(examples=["Not found."])


class FieldErrors(RootModel[dict[str, Any]]):
    """What is wrong with which field; `non_field_errors` for the whole, `detail` where nothing could be read."""

    model_config = ConfigDict(json_schema_extra={"example": {"limit": ["This field is required."]}})


def render_problem(problem: Problem, request: Request) -> Response:
    """A problem as DRF words it."""
    headers = dict(problem.headers)
    if problem.status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    body: dict[str, object] = {"detail": _detail(problem, request)}
    if problem.fields is not None:
        body = {WIRE_NAMES.get(name, name): messages for name, messages in problem.fields.items()}
    return JSONResponse(body, problem.status, headers)


def _detail(problem: Problem, request: Request) -> str:
    if isinstance(problem.error, TooMany):
        seconds = problem.error.retry_after
        return f"Request was throttled. Expected available in {seconds} second{'' if seconds == 1 else 's'}."
    if problem.status == 405:
        return f'Method "{request.method}" not allowed.'
    if problem.status == 404 and not isinstance(problem.error, NotFound) and problem.detail != "Invalid page.":
        return "Not found."
    return problem.detail


WHY = {
    400: "Wrong values: every wrong field with its messages.",
    401: "Nobody is signed in, or the credentials are wrong.",
    403: "Signed in, but not allowed.",
    404: "There is no such thing, or it is not yours to see; or no such page.",
    408: "The body did not arrive in time.",
    409: "Not possible in the current state, or somebody else was faster.",
    413: "The body, or a file in it, is too large.",
    415: "A content type this route does not take.",
    429: "Too many failed sign-ins or requests: try again after `Retry-After` seconds.",
    503: "The database is not available; try again.",
    507: "There is no room left for files.",
}
WRONG_VALUES = BadRequest("Invalid input.", fields={"limit": ["This field is required."]})
REFUSALS = Refusals("Drf", lambda status: FieldErrors if status == 400 else Detail, WHY, render_problem, WRONG_VALUES)


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route, for its document, that do not follow from what it takes (`usual_refusals`)."""
    return {status: {"description": WHY[status]} for status in statuses}
