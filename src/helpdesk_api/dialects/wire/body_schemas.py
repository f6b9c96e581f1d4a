"""Schemas of request bodies for the OpenAPI document, one for each way to send them.

JSON carries no files, and a form neither null nor a list, so one model can have up to three schemas.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from helpdesk_api.dialects.wire.bodies import BodyModel
from helpdesk_api.dialects.wire.forms import MULTIPART
from helpdesk_api.dialects.wire.nulls import not_null
from helpdesk_api.dialects.wire.schema_names import REFERENCE

JSON = "application/json"
Schema = dict[str, Any]


def request_body(body: BodyModel, schemas: Schema) -> Schema:
    """The body of an operation; the schemas it refers to are added to `schemas`."""
    content = {kind: {"schema": _schema(body, kind, schemas)} for kind in body.media_types}
    return {"required": not body.partial, "content": content}


def takes_files(model: type[BaseModel]) -> bool:
    """Whether a body of this schema can hold a file."""
    return any(_is_file(field) for field in model.model_json_schema().get("properties", {}).values())


def _schema(body: BodyModel, kind: str, schemas: Schema) -> Schema:
    found = [_described(model, kind, body, schemas) for model in body.schemas]
    if len(found) > 1 and kind != JSON:
        # A form is one flat list of fields, whatever it is about.
        found = [_merged(found)]
    references = [_add(name, described, module, schemas) for name, module, described in found]
    return references[0] if len(references) == 1 else {"anyOf": references}


def _described(model: type[BaseModel], kind: str, body: BodyModel, schemas: Schema) -> tuple[str, str, Schema]:
    """A model's name, where it comes from, and its schema when sent as `kind`."""
    whole = model.model_json_schema(ref_template=REFERENCE)
    schemas.update(whole.pop("$defs", {}))
    partly = "Partial" if body.partial and whole.pop("required", None) else ""
    sent = {**whole, "properties": _properties(whole, kind)}
    return f"{partly}{model.__name__}{_suffix(whole, kind, body)}", model.__module__, sent


def _suffix(whole: Schema, kind: str, body: BodyModel) -> str:
    if kind == JSON or JSON not in body.media_types:
        return ""
    with_file = any(_is_file(field) for field in whole["properties"].values())
    if with_file and kind == MULTIPART:
        return "Multipart"
    return "" if _properties(whole, kind) == _properties(whole, JSON) else "Form"


def _properties(whole: Schema, kind: str) -> Schema:
    fields = {
        name: _without_senseless_default(field)
        for name, field in whole["properties"].items()
        if kind == MULTIPART or not _is_file(field)
    }
    return fields if kind == JSON else {name: _in_form(field) for name, field in fields.items()}


def _in_form(field: Schema) -> Schema:
    field = not_null(field)
    if field.get("type") == "array" and not _is_file(field):
        words = {name: words for name, words in field.items() if name in ("title", "description")}
        return {**words, "type": "string", "contentMediaType": JSON}
    return field


def _merged(found: list[tuple[str, str, Schema]]) -> tuple[str, str, Schema]:
    """All fields of several schemas; required is what all of them require."""
    name = "Or".join(name.removesuffix("Multipart").removesuffix("Form") for name, _, _ in found)
    name += "Multipart" if any(name.endswith("Multipart") for name, _, _ in found) else "Form"
    schemas = [schema for _, _, schema in found]
    fields = list(dict.fromkeys(field for schema in schemas for field in schema["properties"]))
    merged: Schema = {
        "type": "object",
        "title": name,
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
    return {"type": "string", "description": words, **({"enum": choices} if choices else {})}


def _is_file(field: Mapping[str, Any]) -> bool:
    return "binary" in (field.get("format"), field.get("items", {}).get("format"))


def _without_senseless_default(field: Schema) -> Schema:
    """`None` stands for a value that was left out, also where null may not be sent."""
    takes_null = "null" in (field.get("type"), *field.get("type", ()))
    if field.get("default", ...) is None and not takes_null:
        return {name: value for name, value in field.items() if name != "default"}
    return field


def _add(name: str, described: Schema, module: str, schemas: Schema) -> dict[str, str]:
    if schemas.get(name, described) != described:
        # Two dialects may each have a schema of this name; FastAPI names those of answers so, too.
        name = f"{module}.{name}".replace(".", "__")
    schemas[name] = described
    return {"$ref": REFERENCE.format(model=name)}
