"""What a caller hands in about looking back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WantedEvents:
    """Which events of a ticket to show: those of a type, and updates of any of these fields."""

    types: Collection[str]
    updated_fields: Collection[str] = ()
