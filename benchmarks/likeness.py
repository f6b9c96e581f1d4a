"""Whether the limit's answer is like ours: the same JSON, or the same shape, and about as many bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

# The limit may be smaller or larger by this share.
TOLERANCE = 0.05


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two answers to the same request, compared."""

    ours: int
    limit: int
    difference: str

    @property
    def is_fair(self) -> bool:
        """Whether the limit does what ours does."""
        return not self.difference.startswith("keys") and abs(self.limit / self.ours - 1) <= TOLERANCE

    def __str__(self) -> str:
        text = f"{self.ours} bytes, the limit {self.limit} ({self.limit / self.ours - 1:+.1%}): {self.difference}"
        return text if self.is_fair else f"NOT ALIKE: {text}"


def compare(ours: bytes, limit: bytes, our_port: int, limit_port: int) -> Likeness:
    """Compare two bodies; links differ by their port alone."""
    answer, other = json.loads(ours), json.loads(limit.replace(b":%d/" % limit_port, b":%d/" % our_port))
    if answer == other:
        difference = "equal"
    elif _shape(answer) == _shape(other):
        difference = "the same keys, other values"
    else:
        difference = f"keys differ: {', '.join(sorted(_shape(answer) ^ _shape(other)))}"
    return Likeness(len(ours), len(limit), difference)


def _shape(value: Any, path: str = "") -> set[str]:
    """The paths of all keys."""
    if isinstance(value, dict):
        return {path}.union(*(_shape(one, f"{path}.{key}") for key, one in value.items()))
    if isinstance(value, list):
        return {path}.union(*(_shape(one, f"{path}[]") for one in value))
    return {path}
