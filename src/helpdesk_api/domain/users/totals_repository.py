"""Queries that count what users wrote and have to work on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.orm import InstrumentedAttribute

from helpdesk_api.db.session import Session
from helpdesk_api.models import FollowUp, Ticket, User


class Recount(NamedTuple):
    """A user whose counter was wrong."""

    username: str
    before: int
    after: int


_POSTS = (
    select(func.count()).where(Ticket.creator_id == User.id, Ticket.kind == "support").scalar_subquery()
    + select(func.count()).where(FollowUp.author_id == User.id, FollowUp.is_reply).scalar_subquery()
)
_ASSIGNED = select(func.count()).where(Ticket.assignee_id == User.id).scalar_subquery()


class TotalsRepository:
    """Users' counters."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def wait_for_counters(self) -> None:
        """Wait for whoever is writing accounts, and keep others from it until the unit of work ends."""
        await self._session.execute(text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))

    async def recount_posts(self) -> Sequence[Recount]:
        """Set what each user opened and replied, where it differs."""
        return await self._set(User.total_posts, _POSTS)

    async def recount_assigned(self) -> Sequence[Recount]:
        """Set how many tickets each user is assigned, where it differs."""
        return await self._set(User.total_assigned, _ASSIGNED)

    async def differing_posts(self) -> Sequence[Recount]:
        """Who opened and replied another number of times than is stored."""
        return await self._differing(User.total_posts, _POSTS)

    async def differing_assigned(self) -> Sequence[Recount]:
        """Who is assigned another number of tickets than is stored."""
        return await self._differing(User.total_assigned, _ASSIGNED)

    async def _differing(self, counter: InstrumentedAttribute[int], count: ColumnElement[int]) -> Sequence[Recount]:
        differing = select(User.username, counter, count).where(counter != count).order_by(User.username)
        return [Recount(*row) for row in await self._session.execute(differing)]

    async def _set(self, counter: InstrumentedAttribute[int], count: ColumnElement[int]) -> Sequence[Recount]:
        counted = select(User.id, counter.label("before"), count.label("after")).subquery()
        differing = (User.id == counted.c.id, counted.c.before != counted.c.after)
        changed = (
            update(User)
            .where(*differing)
            .values({counter: counted.c.after})
            .returning(User.username, counted.c.before, counted.c.after)
            .execution_options(synchronize_session=False)
        )
        return sorted(Recount(*row) for row in await self._session.execute(changed))
