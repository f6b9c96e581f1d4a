"""How much of something a client may have in a time, and what is left of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quota:
    """`amount` in each `window` of seconds, of which `remaining` are left until `reset`, in seconds from now.

    A quota without a window is one of things going on at the same time.
    """

    name: str
    amount: int
    window: int | None
    remaining: int
    reset: int
