"""The OpenAPI document: what FastAPI knows of the routes, and the bodies our own dependencies read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel

from helpdesk_api.dialects.wire.auth import asks_for_a_password, asks_who
from helpdesk_api.dialects.wire.bodies import BodyModel
from helpdesk_api.dialects.wire.queries import queries_of
from helpdesk_api.dialects.wire.schema_names import REFERENCE, rename_schemas

# Declared here and not as FastAPI's security dependencies: those would run on every request, and refuse malformed
# headers in their own words.
SECURITY_SCHEMES: Mapping[str, Mapping[str, str]] = {
    "Basic": {"type": "http", "scheme": "basic", "description": "User name and password."},
    "Token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The word `Token`, a space, and a token from `POST /api-token-auth/`.",
    },
    "Bearer": {"type": "http", "scheme": "bearer", "description": "A token, as Flicket's clients send it."},
}
_NEVER_SENT = ("HTTPValidationError", "ValidationError")
_FIRST_SENTENCE = re.compile(r"(?P<summary>.+?)\.(?:\s+|$)(?P<rest>.*)", re.DOTALL)


def build_document(app: FastAPI, tags: Sequence[Mapping[str, str]], base_url: str = "") -> dict[str, Any]:
    """The whole document, as OpenAPI 3.1; `base_url` is where the service is, if not where the document came from."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=[dict(tag) for tag in tags],
        servers=[{"url": base_url}] if base_url else None,
    )
    schemas = document["components"]["schemas"]
    document["components"]["securitySchemes"] = SECURITY_SCHEMES
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for operation in _operations(document, route):
                # Every wrong value is the dialect's own 400.
                operation["responses"].pop("422", None)
                operation.pop("description", None)
                operation.update(_words(route))
                operation.update(_security(route.dependant))
                _prefer_named_models(operation)
                for query in queries_of(route.dependant):
                    operation.setdefault("parameters", []).extend(_parameters(query))
                for body in bodies_of(route.dependant):
                    operation["requestBody"] = _request_body(body, schemas)
    for name in _NEVER_SENT:
        schemas.pop(name, None)
    rename_schemas(document)
    return document


def _operations(document: dict[str, Any], route: APIRoute) -> Iterator[dict[str, Any]]:
    for method in route.methods or ():
        yield document["paths"][route.path_format][method.lower()]


def _words(route: APIRoute) -> dict[str, str]:
    """The first sentence of the docstring as the headline, and what is left of it below."""
    found = _FIRST_SENTENCE.fullmatch(route.description.strip())
    if found is None:
        raise ValueError(f"the route {route.name} has no docstring that begins with a sentence")
    return {"summary": " ".join(found["summary"].split()), **({"description": found["rest"]} if found["rest"] else {})}


def _prefer_named_models(operation: dict[str, Any]) -> None:
    """A model that a route names for a status goes before the one of its return type; FastAPI writes both down."""
    for response in operation["responses"].values():
        for content in response.get("content", {}).values():
            if "$ref" in content.get("schema", {}):
                content["schema"] = {"$ref": content["schema"]["$ref"]}


def _security(dependant: Dependant) -> dict[str, Any]:
    """Any one of the schemes is enough, where anybody has to be known at all."""
    if asks_for_a_password(dependant):
        return {"security": [{"Basic": []}]}
    return {"security": [{scheme: []} for scheme in SECURITY_SCHEMES]} if asks_who(dependant) else {}


def bodies_of(dependant: Dependant) -> Iterator[BodyModel]:
    """What the dependencies of a route read from the body."""
    for one in dependant.dependencies:
        model = getattr(one.call, "body_model", None)
        if isinstance(model, BodyModel):
            yield model
        yield from bodies_of(one)


def _parameters(query: type[BaseModel]) -> Iterator[dict[str, Any]]:
    described = query.model_json_schema(ref_template=REFERENCE)
    for name, schema in described["properties"].items():
        _drop_a_default_that_is_none(schema)
        words = {"description": schema["description"]} if "description" in schema else {}
        required = name in described.get("required", ())
        yield {"name": name, "in": "query", "required": required, "schema": schema, **words}


def _request_body(body: BodyModel, schemas: dict[str, Any]) -> dict[str, Any]:
    references = [_add_schema(schema, schemas, partial=body.partial) for schema in body.schemas]
    schema = references[0] if len(references) == 1 else {"oneOf": references}
    return {"required": not body.partial, "content": {kind: {"schema": schema} for kind in body.media_types}}


def _add_schema(model: type[BaseModel], schemas: dict[str, Any], *, partial: bool) -> dict[str, str]:
    described = model.model_json_schema(ref_template=REFERENCE)
    schemas.update(described.pop("$defs", {}))
    for field in described.get("properties", {}).values():
        _drop_a_default_that_is_none(field)
    name = model.__name__
    if partial and described.pop("required", None):
        name = f"Partial{name}"  # the whole one may be in the document, too
    if schemas.get(name, described) != described:
        # Two dialects may each have a schema of this name; FastAPI names those of answers so, too.
        name = f"{model.__module__}.{name}".replace(".", "__")
    schemas[name] = described
    return {"$ref": REFERENCE.format(model=name)}


def _drop_a_default_that_is_none(field: dict[str, Any]) -> None:
    """`None` stands for a value that was left out, also where null may not be sent."""
    if field.get("default", ...) is None and field.get("type") != "null" and "null" not in field.get("type", ()):
        del field["default"]
