"""Values that may be null, as generators read them best: `type: [string, "null"]`, not a union with null."""

from __future__ import annotations

from typing import Any

NULL = {"type": "null"}


def flatten_nulls(node: Any) -> None:
    """Turn every `anyOf` of one plain type and null into that type or null, in place."""
    if isinstance(node, dict):
        _flatten(node)
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        flatten_nulls(child)


def _flatten(schema: dict[str, Any]) -> None:
    choices = schema.get("anyOf")
    if not isinstance(choices, list) or len(choices) != 2 or NULL not in choices:
        return
    other = next(choice for choice in choices if choice != NULL)
    if not isinstance(other.get("type"), str):
        return
    del schema["anyOf"]
    enum = [other["const"]] if "const" in other else other.get("enum")
    kept = {name: value for name, value in other.items() if name not in ("const", "enum")}
    schema.update({**kept, "type": [other["type"], "null"], **({"enum": [*enum, None]} if enum else {})})


def not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema for places where null cannot be sent: forms, queries."""
    flat = dict(schema)
    _flatten(flat)
    if isinstance(flat.get("type"), list):
        flat["type"] = next(kind for kind in flat["type"] if kind != "null")
    if "enum" in flat:
        flat["enum"] = [value for value in flat["enum"] if value is not None]
    if flat.get("default", ...) is None:
        del flat["default"]
    return flat
