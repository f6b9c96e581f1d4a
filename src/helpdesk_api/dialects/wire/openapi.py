"""The OpenAPI document: what FastAPI knows of the routes, and what our own dependencies read and refuse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel

from helpdesk_api.dialects.wire.auth import asks_for_a_password, asks_who
from helpdesk_api.dialects.wire.body_schemas import request_body
from helpdesk_api.dialects.wire.nulls import flatten_nulls, not_null
from helpdesk_api.dialects.wire.queries import queries_of
from helpdesk_api.dialects.wire.refusals import RESPONSE_REFERENCE, Refusals, bodies_of, usual_refusals
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
# The refusals of a route, by its path.
RefusalsAt = Callable[[str], Refusals]


def build_document(
    app: FastAPI, tags: Sequence[Mapping[str, str]], refusals_at: RefusalsAt, base_url: str = ""
) -> dict[str, Any]:
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
    components = document["components"]
    components |= {"securitySchemes": SECURITY_SCHEMES, "responses": {}}
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for operation in _operations(document, route):
                _complete(operation, route, components["schemas"])
                _add_refusals(operation, route, refusals_at(route.path_format), components)
    for name in _NEVER_SENT:
        components["schemas"].pop(name, None)
    components["responses"] = dict(sorted(components["responses"].items()))
    flatten_nulls(document)
    rename_schemas(document)
    return document


def _operations(document: dict[str, Any], route: APIRoute) -> Iterator[dict[str, Any]]:
    for method in route.methods or ():
        yield document["paths"][route.path_format][method.lower()]


def _complete(operation: dict[str, Any], route: APIRoute, schemas: dict[str, Any]) -> None:
    # Every wrong value is the dialect's own 400.
    operation["responses"].pop("422", None)
    operation.pop("description", None)
    operation.update(_words(route))
    operation.update(_security(route.dependant))
    _prefer_named_models(operation)
    _describe_streams(operation)
    for query in queries_of(route.dependant):
        operation.setdefault("parameters", []).extend(_parameters(query))
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = not_null(parameter["schema"])
    for body in bodies_of(route.dependant):
        operation["requestBody"] = request_body(body, schemas)


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


def _describe_streams(operation: dict[str, Any]) -> None:
    """A stream as OpenAPI 3.1 can say it: FastAPI describes its items in the words of 3.2."""
    for response in operation["responses"].values():
        for content in response.get("content", {}).values():
            if content.pop("itemSchema", None) is not None:
                content["schema"] = {"type": "string"}


def _security(dependant: Dependant) -> dict[str, Any]:
    """Any one of the schemes is enough, where anybody has to be known at all."""
    if asks_for_a_password(dependant):
        return {"security": [{"Basic": []}]}
    return {"security": [{scheme: []} for scheme in SECURITY_SCHEMES]} if asks_who(dependant) else {}


def _add_refusals(
    operation: dict[str, Any], route: APIRoute, refusals: Refusals, components: dict[str, dict[str, Any]]
) -> None:
    """The usual refusals and the route's own, each a reference to the one answer of its status."""
    answers = operation["responses"]
    own = {int(status) for status, answer in answers.items() if status >= "400" and "content" not in answer}
    for status in (own & set(refusals.why)) | usual_refusals(route):
        name = refusals.component(status)
        if name not in components["responses"]:
            schema = _add_model(refusals.model_of(status), components["schemas"])
            components["responses"][name] = refusals.answer(status, schema)
        answers[str(status)] = {"$ref": RESPONSE_REFERENCE.format(name=name)}
    operation["responses"] = dict(sorted(answers.items()))


def _parameters(query: type[BaseModel]) -> Iterator[dict[str, Any]]:
    described = query.model_json_schema(ref_template=REFERENCE)
    for name, schema in described["properties"].items():
        words = {"description": schema["description"]} if "description" in schema else {}
        required = name in described.get("required", ())
        yield {"name": name, "in": "query", "required": required, "schema": schema, **words}


def _add_model(model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, str]:
    described = model.model_json_schema(ref_template=REFERENCE, mode="serialization")
    schemas.update(described.pop("$defs", {}))
    schemas[model.__name__] = described
    return {"$ref": REFERENCE.format(model=model.__name__)}
