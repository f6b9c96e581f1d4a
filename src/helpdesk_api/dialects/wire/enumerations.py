"""Enumerations of the OpenAPI document: each once, by name, for generated clients to make one type of."""

from __future__ import annotations

from typing import Any

from helpdesk_api.dialects.wire.schema_names import REFERENCE

# What a schema says its enumeration is called, until `name_enumerations` has put it there.
ENUMERATION = "x-enumeration"
# What generators call the values.
MEMBERS = "x-enum-varnames"
_MOVED = ("type", "enum", MEMBERS)


def name_enumerations(document: dict[str, Any]) -> None:
    """Move every enumeration that has a name to the document's schemas, in place."""
    _move(document, document["components"]["schemas"])


def _move(node: Any, schemas: dict[str, Any]) -> None:
    if isinstance(node, dict):
        for child in list(node.values()):
            _move(child, schemas)
        if ENUMERATION in node:
            _refer(node, schemas)
    elif isinstance(node, list):
        for child in node:
            _move(child, schemas)


def _refer(schema: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Leave a reference to the enumeration in its place; one that may be null is one of its own."""
    name = schema.pop(ENUMERATION) + ("OrNull" if None in schema["enum"] else "")
    found = {word: schema.pop(word) for word in _MOVED if word in schema}
    if schemas.setdefault(name, found) != found:
        raise ValueError(f"two enumerations have the name {name}")
    schema["$ref"] = REFERENCE.format(model=name)
