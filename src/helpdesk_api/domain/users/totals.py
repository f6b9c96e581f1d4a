"""Users' counters made anew from what they count."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk_api.db.session import Session
from helpdesk_api.domain.users.totals_repository import Recount, TotalsRepository

__all__ = ["Recount", "differing_assigned", "differing_posts", "recount_assigned", "recount_posts"]


async def recount_posts(session: Session) -> Sequence[Recount]:
    """Count the support tickets each user opened and the replies they wrote; who had another number.

    Safe while the service runs: whoever is counting something meanwhile waits for this unit of work, or it for them.
    """
    totals = TotalsRepository(session)
    await totals.wait_for_counters()
    return await totals.recount_posts()


async def recount_assigned(session: Session) -> Sequence[Recount]:
    """Count the tickets assigned to each user; who had another number. Safe as `recount_posts`."""
    totals = TotalsRepository(session)
    await totals.wait_for_counters()
    return await totals.recount_assigned()


async def differing_posts(session: Session) -> Sequence[Recount]:
    """What `recount_posts` would change."""
    return await TotalsRepository(session).differing_posts()


async def differing_assigned(session: Session) -> Sequence[Recount]:
    """What `recount_assigned` would change."""
    return await TotalsRepository(session).differing_assigned()
