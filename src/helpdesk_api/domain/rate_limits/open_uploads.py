"""How many uploads each user is sending right now, in this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from helpdesk_api.domain.quotas import Quota
from helpdesk_api.domain.rate_limits.errors import TooManyUploads

# Nobody knows when an upload ends; it is polite not to ask all the time.
_TRY_AGAIN_AFTER = 5


class OpenUploads:
    """Places for uploads, `limit` for each user; 0 is as many as they like."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: Counter[int] = Counter()

    @contextmanager
    def place(self, user_id: int) -> Iterator[None]:
        """Hold one of a user's places while the block runs. Raises `TooManyUploads` where none is free."""
        if self._limit and self._open[user_id] >= self._limit:
            raise TooManyUploads([Quota("uploads", self._limit, None, 0, _TRY_AGAIN_AFTER)])
        self._open[user_id] += 1
        try:
            yield
        finally:
            self._open[user_id] -= 1
            if not self._open[user_id]:
                del self._open[user_id]
