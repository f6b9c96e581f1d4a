"""Names of the OpenAPI document's schemas for people and for generated clients, instead of what Pydantic makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

REFERENCE = "#/components/schemas/{model}"
_PREFIX = REFERENCE.format(model="")
# Where two dialects have a schema of one name, it comes with its module.
_QUALIFIED = re.compile(r"helpdesk_api__dialects__(?P<dialect>[a-z]+(?:_[a-z]+)*)__[a-z_]+?__(?P<name>[A-Z]\w*)")
_NO_SCHEMAS = ("", "Annotated", "Union", "Tag", "Discriminator")


def rename_schemas(document: dict[str, Any]) -> None:
    """Give every schema of the document a readable name. Raises ValueError where two would get the same."""
    schemas: dict[str, Any] = document["components"]["schemas"]
    names = readable_names(schemas)
    renamed = {names[name]: schema for name, schema in schemas.items()}
    for name, schema in schemas.items():
        # Generators name classes by the title; Pydantic's title of a field only repeats the field's name. And they take
        # a field with a default for one that is always there.
        schema["title"] = names[name]
        for field in schema.get("properties", {}).values():
            field.pop("title", None)
            field.pop("default", None)
    document["components"]["schemas"] = dict(sorted(renamed.items()))
    _replace_references(document, lambda reference: _PREFIX + names[reference.removeprefix(_PREFIX)])


def readable_names(names: Iterable[str]) -> Mapping[str, str]:
    """`FlicketUserOut` for a name with its module, `DrfPageOfFileRecord` for `DrfPage_FileRecord_`."""
    readable = {name: _of_generic(_of_dialect(name)) for name in names}
    if len(set(readable.values())) < len(readable):
        raise ValueError(f"two schemas would have one name: {sorted(readable.values())}")
    return readable


def _of_dialect(name: str) -> str:
    return _QUALIFIED.sub(lambda found: found["dialect"].title().replace("_", "") + found["name"], name)


def _of_generic(name: str) -> str:
    kind, *parameters = (word for word in name.split("_") if word not in _NO_SCHEMAS)
    return f"{kind}Of{'Or'.join(parameters)}" if parameters else kind


def _replace_references(node: Any, replace: Callable[[str], str]) -> None:
    if isinstance(node, list):
        for item in node:
            _replace_references(item, replace)
    elif isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str) and value.startswith(_PREFIX):
                node[key] = replace(value)
            else:
                _replace_references(value, replace)
