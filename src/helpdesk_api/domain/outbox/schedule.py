"""When a delivery that did not arrive is tried again."""

from __future__ import annotations

import random

# Seconds after each attempt but the last: eleven attempts within 24 hours.
DELAYS = (5, 30, 120, 600, 1800, 3600, 2 * 3600, 4 * 3600, 7 * 3600, 9 * 3600)
MOST_ATTEMPTS = len(DELAYS) + 1
# So that what failed together is not tried again together.
_JITTER = 0.1
# What a recipient may ask for at most, and what is left between two attempts at least.
_LONGEST = 24 * 3600.0
_SHORTEST = 1.0


def delay_after(attempt: int, asked: float | None = None) -> float | None:
    """Seconds until the next attempt, about as many as were `asked` for; `None` after the last one."""
    if attempt >= MOST_ATTEMPTS:
        return None
    seconds = float(DELAYS[attempt - 1]) if asked is None else min(max(asked, _SHORTEST), _LONGEST)
    return seconds * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  (no secret)
