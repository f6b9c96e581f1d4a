"""What is said of a value that cannot be taken."""

from __future__ import annotations

from collections.abc import Iterable

REQUIRED = "This field is required."
NULL = "This field may not be null."


class WrongValue(ValueError):
    """A value that cannot be taken; its text says why, for people."""


def missing(pk: object) -> str:
    """What DRF says of an id that is nobody's."""
    return f'Invalid pk "{pk}" - object does not exist.'


def not_a_choice(values: Iterable[object]) -> str:
    """What DRF says of a value that is none of the choices."""
    return " ".join(f'"{value}" is not a valid choice.' for value in values)
