"""The OpenAPI document: what FastAPI knows of the routes, and the bodies our own dependencies read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel

from helpdesk_api.dialects.wire.bodies import BodyModel

_REF = "#/components/schemas/{model}"
_NEVER_SENT = ("HTTPValidationError", "ValidationError")


def build_document(app: FastAPI, tags: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The whole document, as OpenAPI 3.1."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=[dict(tag) for tag in tags],
    )
    schemas = document["components"]["schemas"]
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for operation in _operations(document, route):
                # Every wrong value is the dialect's own 400.
                operation["responses"].pop("422", None)
                for body in bodies_of(route.dependant):
                    operation["requestBody"] = _request_body(body, schemas)
    for name in _NEVER_SENT:
        schemas.pop(name, None)
    return document


def _operations(document: dict[str, Any], route: APIRoute) -> Iterator[dict[str, Any]]:
    for method in route.methods or ():
        yield document["paths"][route.path_format][method.lower()]


def bodies_of(dependant: Dependant) -> Iterator[BodyModel]:
    """What the dependencies of a route read from the body."""
    for one in dependant.dependencies:
        model = getattr(one.call, "body_model", None)
        if isinstance(model, BodyModel):
            yield model
        yield from bodies_of(one)


def _request_body(body: BodyModel, schemas: dict[str, Any]) -> dict[str, Any]:
    references = [_add_schema(schema, schemas, partial=body.partial) for schema in body.schemas]
    schema = references[0] if len(references) == 1 else {"oneOf": references}
    return {"required": not body.partial, "content": {kind: {"schema": schema} for kind in body.media_types}}


def _add_schema(model: type[BaseModel], schemas: dict[str, Any], *, partial: bool) -> dict[str, str]:
    described = model.model_json_schema(ref_template=_REF)
    schemas.update(described.pop("$defs", {}))
    name = model.__name__
    if partial and described.pop("required", None):
        name = f"Partial{name}"  # the whole one may be in the document, too
    if schemas.get(name, described) != described:
        # Two dialects may each have a schema of this name; FastAPI names those of answers so, too.
        name = f"{model.__module__}.{name}".replace(".", "__")
    schemas[name] = described
    return {"$ref": _REF.format(model=name)}
