"""The OpenAPI document: valid, whole, and worded for people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from openapi_spec_validator import OpenAPIV31SpecValidator

from clients import client_over
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.dialects.registry import DIALECTS
from helpdesk_api.main import OPERATION, create_app
from helpdesk_api.settings import Settings

JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
# Answered without a body (RFC 9110, section 15.5.17).
EMPTY_REFUSALS = {"416"}
Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The app without a database: the document needs none, and is made once."""
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), log_level="WARNING")
    return create_app(settings, open_database("postgresql+asyncpg:///nowhere"))


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


@pytest.fixture
def operations(document: dict[str, Any]) -> list[Operation]:
    """Method, path and description of everything the document offers, with the shared answers put in."""
    shared = document["components"]["responses"]
    found = []
    for path, item in document["paths"].items():
        for method, one in item.items():
            answers = {
                status: shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
                for status, answer in one["responses"].items()
            }
            found.append((method, path, {**one, "responses": answers}))
    return found


def named(operations: list[Operation]) -> dict[str, dict[str, Any]]:
    return {one["operationId"]: one for _, _, one in operations}


def references(node: Any) -> Iterator[str]:
    """The names of all schemas that a part of the document refers to."""
    if isinstance(node, str) and node.startswith("#/components/schemas/"):
        yield node.rpartition("/")[2]
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from references(child)


def body_schemas(operation: dict[str, Any]) -> set[str]:
    return set(references(operation.get("requestBody", {})))


def has_example(schema: dict[str, Any]) -> bool:
    return "example" in schema or all("examples" in one for one in schema["properties"].values())


def test_it_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_it_names_the_three_ways_to_sign_in(document: dict[str, Any], operations: list[Operation]) -> None:
    schemes = document["components"]["securitySchemes"]
    kinds = {name: (one["type"], one.get("scheme") or one.get("name")) for name, one in schemes.items()}
    assert kinds == {"Basic": ("http", "basic"), "Token": ("apiKey", "Authorization"), "Bearer": ("http", "bearer")}
    any_of_three = [{"Basic": []}, {"Token": []}, {"Bearer": []}]
    ways = {operation["operationId"]: operation.get("security") for _, _, operation in operations}
    others = {name: way for name, way in ways.items() if way != any_of_three}
    assert others == {
        "getApiRoot": None,
        "obtainToken": None,
        "flicketCreateToken": [{"Basic": []}],
        "getHealth": None,
        "getReadiness": None,
    }


def test_what_needs_signing_in_says_what_happens_otherwise(operations: list[Operation]) -> None:
    assert [one["operationId"] for _, _, one in operations if ("security" in one) != ("401" in one["responses"])] == []


def test_operation_ids_are_chosen_by_hand_and_unique(app: FastAPI, operations: list[Operation]) -> None:
    shown = [route for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema]
    assert [route.path for route in shown if not route.operation_id] == []
    ids = [one["operationId"] for _, _, one in operations]
    assert len(set(ids)) == len(ids) == len(shown)
    assert [one for one in ids if not re.fullmatch(r"[a-z]+(?:[A-Z][a-z]+)+", one)] == []


def test_every_operation_has_a_headline_made_for_people(operations: list[Operation]) -> None:
    summaries = {one["operationId"]: one["summary"] for _, _, one in operations}
    assert summaries["getApiRoot"] == "Where everything is; open to anybody"
    assert {name: words for name, words in summaries.items() if not 8 <= len(words) <= 120} == {}
    assert {name: words for name, words in summaries.items() if not words[0].isupper() or words.endswith(".")} == {}
    assert {name: words for name, words in summaries.items() if re.search(r"\w:\w|_\w+ \w+ by|\n", words)} == {}
    assert [one["operationId"] for _, _, one in operations if one.get("description") == ""] == []


def test_what_a_headline_leaves_is_below_it(operations: list[Operation]) -> None:
    upload = named(operations)["uploadFile"]
    assert upload["summary"] == "Send a file to an upload ticket"
    assert upload["description"].startswith("As documented, the answer is 200, not 201.")


def test_every_tag_is_explained_and_used(document: dict[str, Any], operations: list[Operation]) -> None:
    explained = [tag["name"] for tag in document["tags"]]
    assert len(set(explained)) == len(explained)
    assert {tag for _, _, operation in operations for tag in operation["tags"]} == set(explained)
    assert [tag["name"] for tag in document["tags"] if not tag["description"].endswith(".")] == []
    assert {len(operation["tags"]) for _, _, operation in operations} == {1}


@pytest.mark.parametrize("dialect", [*DIALECTS, OPERATION], ids=lambda dialect: dialect.name)
def test_each_dialect_explains_the_tags_of_its_own_routes(dialect: Any) -> None:
    routes = [route for router in dialect.routers for route in router.routes if route.include_in_schema]
    assert {tag for route in routes for tag in route.tags} == {tag["name"] for tag in dialect.tags}


def test_every_body_is_described_in_each_of_its_types(operations: list[Operation]) -> None:
    types = {
        f"{method} {path}": set(operation["requestBody"]["content"])
        for method, path, operation in operations
        if "requestBody" in operation
    }
    drf = {name: kinds for name, kinds in types.items() if "/flicket-api/" not in name}
    files_only = {"post /api/files/", "post /api/followups-attachments/"}
    assert {name: kinds for name, kinds in drf.items() if name not in files_only} == {
        name: {JSON, FORM, MULTIPART} for name in drf.keys() - files_only
    }
    assert {name: drf[name] for name in files_only} == {name: {MULTIPART} for name in files_only}
    assert set(map(frozenset, (types[name] for name in types.keys() - drf.keys()))) == {
        frozenset({JSON}),
        frozenset({MULTIPART}),
    }


def test_both_bodies_of_a_shared_path_are_there(document: dict[str, Any], operations: list[Operation]) -> None:
    assert {"UploadTicketIn", "SupportTicketIn"} <= body_schemas(named(operations)["createTicket"])
    answered = named(operations)["getTicket"]["responses"]["200"]["content"][JSON]["schema"]
    assert answered == {"$ref": "#/components/schemas/AnyTicketOut"}
    assert set(references(document["components"]["schemas"]["AnyTicketOut"])) == {"UploadTicketOut", "SupportTicketOut"}


def test_every_put_and_patch_has_a_body_and_no_get_has_one(operations: list[Operation]) -> None:
    with_body = {(method, path) for method, path, operation in operations if "requestBody" in operation}
    assert [one for one in with_body if one[0] in ("get", "delete")] == []
    assert [(m, path) for m, path, _ in operations if m in ("put", "patch") and (m, path) not in with_body] == []


def test_every_body_can_be_answered_with_what_is_wrong_with_it(operations: list[Operation]) -> None:
    lacking = {
        operation["operationId"]: {"400", "408", "413", "415"} - set(operation["responses"])
        for _, _, operation in operations
        if "requestBody" in operation
    }
    assert {name: statuses for name, statuses in lacking.items() if statuses} == {}


def test_wherever_credentials_are_taken_there_may_be_too_many(operations: list[Operation]) -> None:
    taking = [one for _, _, one in operations if "security" in one or one["operationId"] == "obtainToken"]
    fields = {"Retry-After", "RateLimit", "RateLimit-Policy"}
    told = {one["operationId"]: set(one["responses"].get("429", {}).get("headers", {})) for one in taking}
    assert {name: headers for name, headers in told.items() if headers != fields} == {}
    assert [one["operationId"] for _, _, one in operations if "429" in one["responses"] and one not in taking] == []


def test_no_answer_is_fastapis_own_422(document: dict[str, Any], operations: list[Operation]) -> None:
    assert [one["operationId"] for _, _, one in operations if "422" in one["responses"]] == []
    assert [name for name in document["components"]["schemas"] if "Validation" in name] == []


def test_every_refusal_has_the_shape_of_its_dialect(operations: list[Operation]) -> None:
    shapes = {"Detail", "FieldErrors"}, {"FlicketError"}
    wrong = []
    for method, path, operation in operations:
        for status, answer in operation["responses"].items():
            if status.startswith("4") and status not in EMPTY_REFUSALS:
                shape = set(references(answer["content"][JSON]["schema"]))
                if not shape or not shape <= shapes[path.startswith("/flicket")]:
                    wrong.append((method, path, status, shape))
    assert wrong == []


def test_every_good_answer_has_a_schema(operations: list[Operation]) -> None:
    lacking = [
        (operation["operationId"], status, kind)
        for _, _, operation in operations
        for status, answer in operation["responses"].items()
        if status.startswith("2") and status != "204"
        for kind, content in (answer.get("content") or {"none": {}}).items()
        if not content.get("schema")
    ]
    assert lacking == []


def test_every_schema_is_used_and_has_a_readable_name(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    used: set[str] = set()
    waiting = set(references(document["paths"])) | set(references(document["components"]["responses"]))
    while waiting:
        name = waiting.pop()
        used.add(name)
        waiting |= set(references(schemas[name])) - used
    assert set(schemas) - used == set()
    assert [name for name in schemas if not re.fullmatch(r"(?:[A-Z][a-z]+)+", name)] == []
    assert {"DrfPageOfFileRecord", "DrfPageOfAnyTicketOut", "FlicketUserOut"} <= set(schemas)


def test_every_body_comes_with_an_example(document: dict[str, Any], operations: list[Operation]) -> None:
    schemas = document["components"]["schemas"]
    lacking = []
    for _, _, operation in operations:
        # What holds a file cannot be shown.
        if JSON in operation.get("requestBody", {}).get("content", {}):
            told = references(operation["requestBody"]["content"][JSON])
            lacking += [name for name in told if not has_example(schemas[name])]
    assert lacking == []
    assert schemas["UploadTicketIn"]["example"] == {"limit": 5, "status": "PENDING"}


def test_examples_of_answers_are_the_documents(document: dict[str, Any]) -> None:
    properties = document["components"]["schemas"]["UploadTicketOut"]["properties"]
    shown = {name: one["examples"][0] for name, one in properties.items() if "examples" in one}
    assert shown == {
        "url": "http://localhost:8000/api/tickets/1/",
        "user": "admin",
        "limit": 5,
        "status": "IN PROGRESS",
    }


async def test_it_says_where_the_service_is_where_that_is_set(settings: Settings, database: Database) -> None:
    base = settings.model_copy(update={"base_url": "https://desk.example.com/help"})
    for chosen, servers in ((settings, None), (base, [{"url": "https://desk.example.com/help"}])):
        async with client_over(chosen, database) as client:
            answer = await client.get("/openapi.json")
        assert (answer.status_code, answer.json().get("servers")) == (200, servers)


def test_each_answer_to_a_new_ticket_has_the_shape_of_its_kind(document: dict[str, Any]) -> None:
    answers = document["paths"]["/api/tickets/"]["post"]["responses"]
    shapes = {status: answers[status]["content"]["application/json"]["schema"] for status in ("200", "201")}
    assert shapes == {
        "200": {"$ref": "#/components/schemas/UploadTicketOut"},
        "201": {"$ref": "#/components/schemas/SupportTicketOut"},
    }
