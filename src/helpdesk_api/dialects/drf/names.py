"""What DRF would call views and fields."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fastapi.routing import APIRoute

_WORD = re.compile(r"[A-Z][a-z]*")
_PREFERRED = ("GET", "POST", "PUT", "PATCH", "DELETE")


def label_of(name: str) -> str:
    """A field's name for people."""
    return "ID" if name == "id" else name.replace("_", " ").capitalize()


def main_route(routes: Sequence[APIRoute]) -> APIRoute:
    """The route that says best what its path is: the one that reads, if there is one."""
    return min(routes, key=lambda route: min(map(_PREFERRED.index, route.methods or _PREFERRED)))


def view_name(routes: Sequence[APIRoute]) -> str:
    """A path's name, from its operation ids: `listQueues` is "Queue List", `getQueue` "Queue Instance"."""
    main = main_route(routes)
    operation = main.operation_id or ""
    thing = " ".join(_WORD.findall(operation)) or label_of(main.endpoint.__name__)
    if operation.startswith("list"):
        return f"{_singular(thing)} List"
    if operation.startswith("create"):
        return f"Create {thing} List"
    return f"{thing} Instance" if main.path.rstrip("/").endswith("}") else thing


def _singular(words: str) -> str:
    return words.removesuffix("ies") + "y" if words.endswith("ies") else words.removesuffix("s")
