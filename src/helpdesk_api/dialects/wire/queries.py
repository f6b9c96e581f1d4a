"""Query parameters that a dependency reads itself, described for the OpenAPI document by a model.

FastAPI looks at every declared parameter anew on each request, which for a list with a dozen filters costs as much as a
query does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from helpdesk_api.dialects.wire.dependants import below

Model = TypeVar("Model", bound=BaseModel)
Read = TypeVar("Read", bound=Callable[..., Any])


def reads_query(model: type[BaseModel]) -> Callable[[Read], Read]:
    """Mark a dependency as one that reads the query parameters `model` describes."""

    def mark(read: Read) -> Read:
        read.query_model = model  # type: ignore[attr-defined]  # the OpenAPI document finds it here
        return read

    return mark


def read_query(request: Request, model: type[Model]) -> Model:
    """The query parameters as `model`; of one given twice the last counts. Raises `RequestValidationError`."""
    try:
        return model.model_validate(dict(request.query_params))
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise RequestValidationError([{**one, "loc": ("query", *one["loc"])} for one in found]) from error


def queries_of(dependant: Dependant) -> Iterator[type[BaseModel]]:
    """What the dependencies of a route read from the query, each once."""
    models = (getattr(one.call, "query_model", None) for one in below(dependant))
    yield from dict.fromkeys(model for model in models if model is not None)
