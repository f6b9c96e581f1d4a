"""Schemas of request bodies for the OpenAPI document, one for each way to send them.

JSON carries no files, and a form neither null nor a list, so one model can have up to three schemas. Defaults are told
in words, and where something new is made only: generated clients send those they are told of, or make them send them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from helpdesk_api.dialects.wire.bodies import BodyModel
from helpdesk_api.dialects.wire.enumerations import ENUMERATION
from helpdesk_api.dialects.wire.forms import MULTIPART
from helpdesk_api.dialects.wire.nulls import not_null
from helpdesk_api.dialects.wire.schema_names import REFERENCE

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
# A generated client knows by the type of a body how it is to be sent.
_SUFFIXES = {JSON: "", FORM: "Form", MULTIPART: "Multipart"}
Schema = dict[str, Any]


def request_body(body: BodyModel, schemas: Schema, *, changes: bool) -> Schema:
    """The body of an operation that makes or `changes` something; what it refers to is added to `schemas`."""
    content = {kind: _content(body, kind, schemas, changes) for kind in body.media_types}
    return {"required": not body.partial and all(map(_asks_for_something, body.schemas)), "content": content}


def _asks_for_something(model: type[BaseModel]) -> bool:
    return any(field.is_required() for field in model.model_fields.values())


def takes_files(model: type[BaseModel]) -> bool:
    """Whether a body of this schema can hold a file."""
    return any(_is_file(field) for field in model.model_json_schema().get("properties", {}).values())


def _content(body: BodyModel, kind: str, schemas: Schema, changes: bool) -> Schema:
    found = [_described(model, kind, body, schemas, changes) for model in body.schemas]
    examples = {}
    if len(found) > 1 and kind == JSON:
        examples = {name: _example(described) for name, _, described in found}
    elif len(found) > 1:
        # A form is one flat list of fields, whatever it is about.
        found = [_merged(found)]
    suffix = _SUFFIXES[kind] if JSON in body.media_types else ""
    references = [_add(name + suffix, described, module, schemas) for name, module, described in found]
    schema = references[0] if len(references) == 1 else {"anyOf": references}
    return {"schema": schema, **({"examples": examples} if examples else {})}


def _example(described: Schema) -> Schema:
    """A schema's own example, to choose from beside those of others."""
    return {"summary": described["description"].partition(".")[0], "value": described["example"]}


def _described(
    model: type[BaseModel], kind: str, body: BodyModel, schemas: Schema, changes: bool
) -> tuple[str, str, Schema]:
    """A model's name, where it comes from, and its schema when sent as `kind`."""
    whole = model.model_json_schema(ref_template=REFERENCE)
    schemas.update(whole.pop("$defs", {}))
    fields = whole["properties"]
    defaults = {name: field.pop("default") for name, field in fields.items() if "default" in field}
    # What is left out of a change stays as it is.
    prefix = "Whole" if changes and defaults else ""
    if not changes:
        _describe_defaults(fields, defaults)
    if body.partial and whole.pop("required", None):
        prefix = "Partial"
    sent = {**whole, "properties": _properties(whole, kind)}
    return prefix + model.__name__, model.__module__, sent


def _describe_defaults(fields: Schema, defaults: Mapping[str, Any]) -> None:
    """Say in words what stands for a field that is left out, where that is something."""
    for name, default in defaults.items():
        if default not in (None, "", []):
            words = f"Without it: {json.dumps(default)}."
            fields[name]["description"] = " ".join(filter(None, (fields[name].get("description"), words)))


def _properties(whole: Schema, kind: str) -> Schema:
    fields = {name: field for name, field in whole["properties"].items() if kind == MULTIPART or not _is_file(field)}
    return fields if kind == JSON else {name: _in_form(field) for name, field in fields.items()}


def _in_form(field: Schema) -> Schema:
    field = not_null(field)
    if field.get("type") == "array" and not _is_file(field):
        words = {name: words for name, words in field.items() if name in ("title", "description")}
        return {**words, "type": "string", "contentMediaType": JSON}
    return field


def _merged(found: list[tuple[str, str, Schema]]) -> tuple[str, str, Schema]:
    """All fields of several schemas; required is what all of them require."""
    # Nothing is required and nothing has a default here, whichever of them it is.
    name = "Or".join(name.removeprefix("Partial").removeprefix("Whole") for name, _, _ in found)
    schemas = [schema for _, _, schema in found]
    fields = list(dict.fromkeys(field for schema in schemas for field in schema["properties"]))
    merged: Schema = {
        "type": "object",
        "description": "\n\nOr: ".join(schema["description"] for schema in schemas),
        "properties": {field: _either([one["properties"].get(field) for one in schemas]) for field in fields},
    }
    if required := set.intersection(*(set(schema.get("required", ())) for schema in schemas)):
        merged["required"] = sorted(required)
    if any(schema.get("additionalProperties") for schema in schemas):
        merged["additionalProperties"] = True
    return name, found[0][1], merged


def _either(fields: list[Schema | None]) -> Schema:
    """One field for those of the same name: text, with the choices of all, where they differ."""
    given = [field for field in fields if field is not None]
    if all(field == given[0] for field in given):
        return given[0]
    choices = [str(choice) for field in given for choice in field.get("enum", ())]
    words = " Or: ".join(field["description"] for field in given if "description" in field)
    names = [field[ENUMERATION] for field in given if ENUMERATION in field]
    named = {ENUMERATION: "Or".join(names)} if names else {}
    return {"type": "string", "description": words, **({"enum": choices} if choices else {}), **named}


def _is_file(field: Mapping[str, Any]) -> bool:
    return "binary" in (field.get("format"), field.get("items", {}).get("format"))


def _add(name: str, described: Schema, module: str, schemas: Schema) -> dict[str, str]:
    if schemas.get(name, described) != described:
        # Two dialects may each have a schema of this name; FastAPI names those of answers so, too.
        name = f"{module}.{name}".replace(".", "__")
    schemas[name] = described
    return {"$ref": REFERENCE.format(model=name)}
