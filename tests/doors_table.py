"""The table of who may what: `docs/permissions.md`, which people read, is also what the tests hold the service to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount, Route

TABLE = Path(__file__).parents[1] / "docs" / "permissions.md"
COLUMNS = ("nobody", "stranger", "follower", "owner", "agent", "admin")
# A list that is answered, without the thing in it.
UNLISTED = "unlisted"
_ROW = re.compile(r"\| `(?P<method>[A-Z]+) (?P<path>/\S*)` \| (?P<thing>[^|]*) \|(?P<cells>[^\n]*)\|")


@dataclass(frozen=True)
class Row:
    """One request about one thing, and its answers: a status, or `unlisted`."""

    method: str
    path: str
    thing: str
    answers: Mapping[str, str]

    @property
    def name(self) -> str:
        """What a failing test is called by."""
        return f"{self.method} {self.path} {self.thing}".strip()


def read_table() -> list[Row]:
    """Every row of the document."""
    rows = []
    for found in _ROW.finditer(TABLE.read_text()):
        cells = [cell.strip() for cell in found["cells"].split("|")]
        rows.append(Row(found["method"], found["path"], found["thing"].strip(), dict(zip(COLUMNS, cells, strict=True))))
    return rows


def served(app: FastAPI) -> set[tuple[str, str]]:
    """Method and path of everything the app serves, mounted or not, but for HEAD and OPTIONS, which have rules."""
    return {(method, path) for method, path, _ in walk(app.routes) if method not in ("HEAD", "OPTIONS")}


def walk(routes: list[BaseRoute], before: str = "") -> Iterator[tuple[str, str, BaseRoute]]:
    """Every method of every route, below mounts too. Raises `TypeError` for a kind of route nobody thought of."""
    for route in routes:
        if isinstance(route, Mount):
            inner = route.routes
            yield from walk(inner, before + route.path) if inner else [("GET", before + route.path + "/{path}", route)]
        elif isinstance(route, Route):
            # FastAPI's converters say how a part of a path is read, not what it is.
            path = re.sub(r":\w+}", "}", before + route.path)
            yield from ((method, path, route) for method in route.methods or ())
        else:
            raise TypeError(f"{route!r} is a kind of route the walk does not know: teach it.")
