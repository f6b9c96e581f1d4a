"""Flicket's error bodies: `{"error": "<reason phrase>"}`, with a `message` where there is more to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from helpdesk_api.dialects.wire.problem import BadRequest, Problem
from helpdesk_api.dialects.wire.refusals import Refusals
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.queues.errors import NAME_TAKEN, TITLE_TAKEN, DepartmentInUse, QueueInUse

CHALLENGE = '{scheme} realm="Authentication Required"'
TOKENS_PATH = "/flicket-api/tokens"
# Python 3.13 has other words for some; these are Flask's on every version.
PHRASES: Mapping[int, str] = {413: "Request Entity Too Large", 422: "Unprocessable Entity"}
# How messages begin that are about an id that is nobody's.
NO_SUCH_ID = "Invalid pk "
# As captured: these say nothing more.
WORDLESS = frozenset((401, 404, 405, 500))
# The core's names of what Flicket calls otherwise.
WIRE_NAMES: Mapping[str, str] = {
    "department": "department_id",
    "queue": "category_id",
    "queue_id": "category_id",
    "description": "content",
    "comment": "content",
    "priority": "ticket_priority_id",
    "status": "status_id",
    "first_name": "name",
    "last_name": "name",
}


# The same, said as Flicket says it.
WORDS: Mapping[str, str] = {
    NAME_TAKEN: "Department already created.",
    TITLE_TAKEN: "Category within department already exists.",
    DepartmentInUse.message: "This department still has categories.",
    QueueInUse.message: "This category still has tickets.",
}


class FlicketError(BaseModel):
    """Why a request was refused."""

    error: str = Field(description="The status in words.", examples=["Bad Request"])
    message: str | None = Field(
        None,
        description="What exactly; left out where there is nothing to add.",
        examples=["Department already created."],
    )


def render_problem(problem: Problem, request: Request) -> Response:
    """A problem as Flicket words it."""
    headers = dict(problem.headers)
    if problem.status == 401:
        headers["WWW-Authenticate"] = CHALLENGE.format(scheme=_scheme(request))
    body = {"error": PHRASES.get(problem.status) or HTTPStatus(problem.status).phrase}
    if message := _message(problem):
        body["message"] = message
    return JSONResponse(body, problem.status, headers)


def _scheme(request: Request) -> str:
    """A token is had for a password, everything else for a token."""
    wants_token = request.method == "POST" and request.scope["path"].rstrip("/") == TOKENS_PATH
    return "Basic" if wants_token else "Bearer"


def _message(problem: Problem) -> str:
    if problem.status in WORDLESS:
        return ""
    if problem.fields is None:
        return WORDS.get(problem.detail, problem.detail)
    # Parameters go by their own names already.
    names = WIRE_NAMES if isinstance(problem.error, Invalid) else {}
    fields = ((names.get(name, name), texts) for name, texts in problem.fields.items())
    found = (sentence(name, text) for name, texts in fields for text in _texts(texts))
    return " ".join(dict.fromkeys(found))


def _texts(messages: object) -> Sequence[str]:
    return [str(one) for one in messages] if isinstance(messages, list | tuple) else [str(messages)]


def sentence(name: str, message: str) -> str:
    """A message about a field: as it is where it names the field, else with the name before."""
    if message in WORDS or name in message:
        return WORDS.get(message, message)
    if message.startswith(NO_SUCH_ID):
        return f"not a valid {name}"
    return f"{name}{' ' if message[:1].islower() else ': '}{message}"


WHY = {
    400: "Wrong values; `message` says which.",
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
WRONG_VALUES = BadRequest("Must include title, content, category_id and ticket_priority_id.")
REFUSALS = Refusals("Flicket", lambda _status: FlicketError, WHY, render_problem, WRONG_VALUES)


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route, for its document, that do not follow from what it takes (`usual_refusals`)."""
    return {status: {"description": WHY[status]} for status in statuses}
