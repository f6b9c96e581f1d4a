"""The OpenAPI document as generators take it: named once, nothing twice, and no change of it unseen."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpdesk_api.db.engine import open_database
from helpdesk_api.main import create_app
from helpdesk_api.settings import Settings
from openapi_snapshot import SNAPSHOT, stable

Schema = dict[str, Any]
# What is said about a schema, which is not what it allows.
WORDS = {"title", "description", "example", "examples", "default"}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), log_level="WARNING")
    return create_app(settings, open_database("postgresql+asyncpg:///nowhere")).openapi()


def schemas_of(node: Any, place: str = "", *, inside: bool = False) -> Iterator[tuple[str, Schema]]:
    """Every schema, with its place: below `schema`, and of the components."""
    if isinstance(node, dict):
        if inside:
            yield place, node
        for name, child in node.items():
            # An example is no schema, whatever it holds.
            if name not in ("example", "examples", "default"):
                yield from schemas_of(child, f"{place}/{name}", inside=inside or name in ("schema", "schemas"))
    elif isinstance(node, list):
        for number, child in enumerate(node):
            yield from schemas_of(child, f"{place}/{number}", inside=inside)


def test_no_change_of_the_contract_goes_unseen(document: Schema) -> None:
    assert stable(document) == SNAPSHOT.read_text(), "If that was meant: make openapi, and look at the difference."


def test_no_enumeration_and_no_object_is_written_out_twice(document: Schema) -> None:
    places = defaultdict(list)
    for place, schema in schemas_of(document):
        # The components themselves are looked at in the next test.
        if ("enum" in schema or isinstance(schema.get("properties"), dict)) and place.count("/") != 3:
            places[stable({name: part for name, part in schema.items() if name not in WORDS})].append(place)
    assert {schema: found for schema, found in places.items() if len(found) > 1} == {}


def test_no_two_schemas_are_the_same_under_two_names(document: Schema) -> None:
    names = defaultdict(set)
    for name, schema in document["components"]["schemas"].items():
        # A body has one for each way to send it, by which generated clients tell the ways apart.
        names[stable({**schema, "title": ""})].add(re.sub(r"(?<=\w)(Form|Multipart)$", "", name))
    assert [found for found in names.values() if len(found) > 1] == []


def test_the_type_of_a_body_says_how_it_is_sent(document: Schema) -> None:
    wrong = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            contents = operation.get("requestBody", {}).get("content", {})
            sent = [name for content in contents.values() for name in re.findall(r"/(\w+)'", str(content["schema"]))]
            wrong += [(method, path)] if len(set(sent)) < len(sent) else []
    assert wrong == []


def test_a_schema_has_its_name_as_its_title_and_its_fields_have_none(document: Schema) -> None:
    schemas = document["components"]["schemas"]
    assert {name: one.get("title") for name, one in schemas.items()} == {name: name for name in schemas}
    titled = [place for place, one in schemas_of(document) if isinstance(one.get("title"), str)]
    assert sorted(place.rpartition("/")[2] for place in titled) == sorted(schemas)


def test_nothing_is_a_union_with_null(document: Schema) -> None:
    unions = [
        (place, one[kind]) for place, one in schemas_of(document) for kind in ("anyOf", "oneOf", "allOf") if kind in one
    ]
    # But for an object with a name: OpenAPI 3.1 has no other way to say that it may be null, and generators read this.
    with_null = {place: choices for place, choices in unions if {"type": "null"} in choices}
    assert {place: [one for one in choices if "$ref" in one] for place, choices in with_null.items()} == {
        "/components/schemas/EventOut/properties/actor": [{"$ref": "#/components/schemas/ActorOut"}],
        "/components/schemas/EventOut/properties/ticket": [{"$ref": "#/components/schemas/EventTicketOut"}],
    }
    # Each choice has a name, so that generated code has a type for it.
    others = {place: choices for place, choices in unions if place not in with_null}
    assert [place for place, choices in others.items() if [one for one in choices if set(one) != {"$ref"}]] == []


def test_no_field_has_a_default_so_that_a_generated_client_sends_what_it_was_given(document: Schema) -> None:
    schemas = document["components"]["schemas"]
    fields = [(name, *field) for name, one in schemas.items() for field in one.get("properties", {}).items()]
    assert [(name, field) for name, field, one in fields if "default" in one] == []
    new, changed = (
        schemas[name]["properties"]["priority"] for name in ("SupportTicketIn", "WholeSupportTicketChanges")
    )
    assert new["description"] == f"{changed['description']} Without it: 3."


def test_numbers_with_a_meaning_have_its_name(document: Schema) -> None:
    status = document["components"]["schemas"]["TicketStatus"]
    assert (status["enum"], status["x-enum-varnames"]) == (
        [1, 2, 3, 4, 5],
        ["OPEN", "REOPENED", "RESOLVED", "CLOSED", "DUPLICATE"],
    )
    flicket = document["components"]["schemas"]["FlicketStatus"]
    assert dict(zip(flicket["x-enum-varnames"], flicket["enum"], strict=True)) == {
        "OPEN": 1,
        "CLOSED": 2,
        "IN_WORK": 3,
        "AWAITING_INFORMATION": 4,
    }


def test_what_writes_takes_a_name_for_the_request_and_what_reads_does_not(document: Schema) -> None:
    named = {"$ref": "#/components/parameters/RequestId"}
    taking = {
        (method, path): named in operation.get("parameters", [])
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    assert {one: takes for one, takes in taking.items() if takes != (one[0] != "get")} == {}


def test_every_tag_has_a_chapter(document: Schema) -> None:
    chapters = document["x-tagGroups"]
    assert [tag for chapter in chapters for tag in chapter["tags"]] == [tag["name"] for tag in document["tags"]]
    headings = {
        "Both kinds of ticket",
        "Upload tickets",
        "Support tickets (django-helpdesk)",
        "Support tickets (Flicket)",
    }
    assert headings < {chapter["name"] for chapter in chapters}


def test_headlines_are_plain_text(document: Schema) -> None:
    # They are shown as they are; descriptions are Markdown.
    summaries = [one["summary"] for path in document["paths"].values() for one in path.values()]
    assert [summary for summary in summaries if "`" in summary] == []


def test_each_kind_of_new_ticket_has_an_example_to_choose(document: Schema) -> None:
    content = document["paths"]["/api/tickets/"]["post"]["requestBody"]["content"]["application/json"]
    assert {name: (one["summary"], set(one["value"])) for name, one in content["examples"].items()} == {
        "SupportTicketIn": (
            "A new support ticket; it begins open",
            {"queue", "title", "description", "submitter_email", "priority"},
        ),
        "UploadTicketIn": ("A new upload ticket", {"limit", "status"}),
    }


def test_every_refusal_shows_what_it_looks_like(document: Schema) -> None:
    answers = document["components"]["responses"]
    shown = {name: one["content"]["application/json"]["example"] for name, one in answers.items()}
    assert shown["DrfUnauthorized"] == {"detail": "Authentication credentials were not provided."}
    assert shown["FlicketUnauthorized"] == {"error": "Unauthorized"}
    assert shown["DrfTooManyRequests"] == {"detail": "Request was throttled. Expected available in 42 seconds."}
    assert len({json.dumps(example) for example in shown.values()}) == len(shown)


def test_no_answer_is_described_in_the_frameworks_words(document: Schema) -> None:
    words = [
        (operation["operationId"], status, answer["description"])
        for path in document["paths"].values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
        if "description" in answer
    ]
    assert [one for one in words if one[2] == "Successful Response"] == []
    assert {status for _, status, description in words if description == "Done."} == {"204"}


def test_one_kind_of_ticket_leaves_the_others_tags_out(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, log_level="WARNING", ticket_kinds=["upload"])
    document = create_app(settings, open_database("postgresql+asyncpg:///nowhere")).openapi()
    tags = {tag["name"] for tag in document["tags"]}
    assert "Upload tickets: files" in tags
    assert "Support tickets: follow-ups" not in tags
