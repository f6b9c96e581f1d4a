"""Everything a route depends on, for those who look at routes and not at requests."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi.dependencies.models import Dependant


def below(dependant: Dependant) -> Iterator[Dependant]:
    """The dependencies, each before those of its own."""
    for one in dependant.dependencies:
        yield one
        yield from below(one)
