"""Which refusals a route can give, derived from what it takes, so that no route has to list the usual ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from helpdesk_api.dialects.wire.auth import asks_for_a_password, asks_for_staff, asks_who
from helpdesk_api.dialects.wire.bodies import BodyModel
from helpdesk_api.dialects.wire.body_schemas import takes_files
from helpdesk_api.dialects.wire.dependants import below
from helpdesk_api.dialects.wire.problem import RenderProblem
from helpdesk_api.dialects.wire.queries import queries_of
from helpdesk_api.dialects.wire.refusal_examples import example_of

RESPONSE_REFERENCE = "#/components/responses/{name}"
_PAGES = frozenset(("page", "page_size", "per_page"))
# Python has other words for some, depending on its version.
_NAMES: Mapping[int, str] = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    408: "RequestTimeout",
    409: "Conflict",
    413: "ContentTooLarge",
    415: "UnsupportedMediaType",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
    507: "InsufficientStorage",
}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}}
_LIMITS = {
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
_HEADERS: Mapping[int, Mapping[str, Any]] = {
    401: {"WWW-Authenticate": {"description": "How to sign in.", "required": True, "schema": {"type": "string"}}},
    429: {**_RETRY_AFTER, **_LIMITS},
    503: _RETRY_AFTER,
}


@dataclass(frozen=True, slots=True)
class Refusals:
    """How a dialect refuses: the schema of a status, what each one means, and how it says so.

    `name` begins the answers' names; `wrong_values` is the example of what is answered 400.
    """

    name: str
    model_of: Callable[[int], type[BaseModel]]
    why: Mapping[int, str]
    render: RenderProblem
    wrong_values: Exception

    def component(self, status: int) -> str:
        """The name of the answer in the document, such as `DrfNotFound`."""
        return self.name + _NAMES[status]

    def answer(self, status: int, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The answer itself."""
        headers = {"headers": dict(_HEADERS[status])} if status in _HEADERS else {}
        example = example_of(status, self.render, self.wrong_values)
        content = {"application/json": {"schema": dict(schema), "example": example}}
        return {"description": self.why[status], "content": content, **headers}


def usual_refusals(route: APIRoute) -> set[int]:
    """The statuses that follow from a route's parameters, its body and who may call it.

    A conflict that comes from a rule (a ticket that is closed, a queue in use) is for the route to name.
    """
    dependant = route.dependant
    bodies = list(bodies_of(dependant))
    statuses = _of_parameters(dependant, route) | _of_callers(dependant)
    if bodies:
        # 409: what the body names was taken, or went away, while it was read.
        statuses |= {400, 408, 409, 413, 415, 503}
    if any(takes_files(model) for body in bodies for model in body.schemas):
        statuses.add(507)
    return statuses


def bodies_of(dependant: Dependant) -> Iterator[BodyModel]:
    """What the dependencies of a route read from the body."""
    for one in below(dependant):
        model = getattr(one.call, "body_model", None)
        if isinstance(model, BodyModel):
            yield model


def _of_parameters(dependant: Dependant, route: APIRoute) -> set[int]:
    names = set(_query_names(dependant))
    no_such = {404} if names & _PAGES or route.param_convertors else set()
    return no_such | ({400} if names - _PAGES else set())


def _query_names(dependant: Dependant) -> Iterator[str]:
    yield from (parameter.alias for one in (dependant, *below(dependant)) for parameter in one.query_params)
    yield from (name for query in queries_of(dependant) for name in query.model_fields)


def _of_callers(dependant: Dependant) -> set[int]:
    if not (asks_who(dependant) or asks_for_a_password(dependant)):
        return set()
    return {401, 429, 503} | ({403} if asks_for_staff(dependant) else set())
