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
from helpdesk_api.dialects.wire.enumerations import name_enumerations
from helpdesk_api.dialects.wire.nulls import flatten_nulls, not_null
from helpdesk_api.dialects.wire.queries import queries_of
from helpdesk_api.dialects.wire.refusals import RESPONSE_REFERENCE, Refusals, bodies_of, usual_refusals
from helpdesk_api.dialects.wire.schema_names import REFERENCE, rename_schemas

# Declared here and not as FastAPI's security dependencies: those would run on every request, and refuse malformed
# headers in their own words. Swagger UI opens its dialog at the last one: a password is what somebody new has.
SECURITY_SCHEMES: dict[str, Mapping[str, str]] = {
    "Bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token alone: `332115fa…`. `POST /flicket-api/tokens` gives one.",
    },
    "Token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The word `Token`, a space and a token: `Token 332115fa…`. `POST /api-token-auth/` gives one.",
    },
    "Basic": {
        "type": "http",
        "scheme": "basic",
        "description": "User name and password: enough for everything, and the quickest way to try things out.",
    },
}
_REQUEST_ID = {
    "name": "X-Request-ID",
    "in": "header",
    "required": False,
    "description": "Your own name for this request, as it stands in the log and on the answer; else it is given one.",
    "schema": {"type": "string"},
}
_READING = {"GET", "HEAD"}
_CHANGING = {"PUT", "PATCH"}
_NEVER_SENT = ("HTTPValidationError", "ValidationError")
_FIRST_SENTENCE = re.compile(r"(?P<summary>.+?)\.(?:\s+|$)(?P<rest>.*)", re.DOTALL)
# The refusals of a route, by its path.
RefusalsAt = Callable[[str], Refusals]


def build_document(
    app: FastAPI, chapters: Mapping[str, Sequence[Mapping[str, str]]], refusals_at: RefusalsAt, base_url: str = ""
) -> dict[str, Any]:
    """The whole document, as OpenAPI 3.1.

    `chapters` are the tags under their headings; `base_url` is where the service is, if not where the document came
    from.
    """
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        servers=[{"url": base_url}] if base_url else None,
    )
    components = document["components"]
    components |= {"securitySchemes": SECURITY_SCHEMES, "responses": {}, "parameters": {"RequestId": _REQUEST_ID}}
    for route, operation in _operations(document, app):
        _complete(operation, route, components["schemas"])
        _add_refusals(operation, route, refusals_at(route.path_format), components)
    for name in _NEVER_SENT:
        components["schemas"].pop(name, None)
    components["responses"] = dict(sorted(components["responses"].items()))
    document |= _tags(document, chapters)
    flatten_nulls(document)
    name_enumerations(document)
    rename_schemas(document)
    return document


def _tags(document: dict[str, Any], chapters: Mapping[str, Sequence[Mapping[str, str]]]) -> dict[str, Any]:
    """The tags that some operation has, and their chapters, which ReDoc shows (`x-tagGroups`)."""
    used = {tag for path in document["paths"].values() for one in path.values() for tag in one["tags"]}
    shown = {heading: [dict(tag) for tag in tags if tag["name"] in used] for heading, tags in chapters.items()}
    groups = [{"name": heading, "tags": [tag["name"] for tag in tags]} for heading, tags in shown.items() if tags]
    return {"tags": [tag for tags in shown.values() for tag in tags], "x-tagGroups": groups}


def _operations(document: dict[str, Any], app: FastAPI) -> Iterator[tuple[APIRoute, dict[str, Any]]]:
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                yield route, document["paths"][route.path_format][method.lower()]


def _complete(operation: dict[str, Any], route: APIRoute, schemas: dict[str, Any]) -> None:
    # Every wrong value is the dialect's own 400.
    operation["responses"].pop("422", None)
    operation.pop("description", None)
    operation.update(_words(route))
    operation.update(_security(route.dependant))
    _prefer_named_models(operation)
    _describe_streams(operation)
    _describe_answers(operation, schemas)
    if parameters := _parameters(operation, route):
        operation["parameters"] = parameters
    for body in bodies_of(route.dependant):
        operation["requestBody"] = request_body(body, schemas, changes=bool(_CHANGING & set(route.methods or ())))


def _words(route: APIRoute) -> dict[str, str]:
    """The first sentence of the docstring as the headline, and what is left of it below."""
    found = _FIRST_SENTENCE.fullmatch(route.description.strip())
    if found is None:
        raise ValueError(f"the route {route.name} has no docstring that begins with a sentence")
    summary = " ".join(found["summary"].replace("`", "").split())  # a summary is plain text, a description Markdown
    return {"summary": summary, **({"description": found["rest"]} if found["rest"] else {})}


def _prefer_named_models(operation: dict[str, Any]) -> None:
    """A model that a route names for a status goes before the one of its return type; FastAPI writes both down."""
    for response in operation["responses"].values():
        for content in response.get("content", {}).values():
            content.get("schema", {}).pop("title", None)
            if "$ref" in content.get("schema", {}):
                content["schema"] = {"$ref": content["schema"]["$ref"]}


def _describe_streams(operation: dict[str, Any]) -> None:
    """A stream as OpenAPI 3.1 can say it: FastAPI describes its items in the words of 3.2."""
    for response in operation["responses"].values():
        for content in response.get("content", {}).values():
            if content.pop("itemSchema", None) is not None:
                content["schema"] = {"type": "string"}
                response["description"] = "The stream; it ends when the service does."


def _describe_answers(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Say what an answer holds, instead of FastAPI's words for every one."""
    for response in operation["responses"].values():
        if response["description"] == "Successful Response":
            contents = (content.get("schema", {}) for content in response.get("content", {}).values())
            names = [schema["$ref"].rpartition("/")[2] for schema in contents if "$ref" in schema]
            described = next((schemas[name].get("description", "") for name in names), "")
            found = _FIRST_SENTENCE.fullmatch(described)
            response["description"] = f"{found['summary']}." if found else "Done."


def _security(dependant: Dependant) -> dict[str, Any]:
    """Any one of the schemes is enough, where anybody has to be known at all."""
    if asks_for_a_password(dependant):
        return {"security": [{"Basic": []}]}
    return {"security": [{scheme: []} for scheme in reversed(SECURITY_SCHEMES)]} if asks_who(dependant) else {}


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


def _parameters(operation: dict[str, Any], route: APIRoute) -> list[dict[str, Any]]:
    """The parameters FastAPI knows, those our dependencies read themselves, and for what writes its request's id."""
    found = list(operation.get("parameters", ()))
    found += [parameter for query in queries_of(route.dependant) for parameter in _in_query(query)]
    for parameter in found:
        schema = not_null(parameter["schema"])
        # The parameter has a name and a description already.
        parameter["schema"] = {word: said for word, said in schema.items() if word not in ("title", "description")}
    writes = not _READING.issuperset(route.methods or ())
    return [*found, {"$ref": "#/components/parameters/RequestId"}] if writes else found


def _in_query(query: type[BaseModel]) -> Iterator[dict[str, Any]]:
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
