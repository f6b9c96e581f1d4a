"""Pages of a query: the only LIMIT and OFFSET."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from helpdesk_api.db.session import Session
from helpdesk_api.paging import Page, PageRequest


class PageOutOfRange(Exception):
    """The page asked for lies past the last one, or before the first."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Where a page lies: its number, how many rows it holds, and how many stand before it and after it."""

    number: int
    length: int
    before: int
    after: int

    @property
    def is_nearer_the_end(self) -> bool:
        """Whether fewer rows have to be passed over coming from the end."""
        return self.after < self.before


def slice_of(request: PageRequest, total: int) -> Slice:
    """Where the page asked for lies in `total` rows. Raises `PageOutOfRange`; the first page of nothing is empty."""
    pages = max(1, -(-total // request.size))
    number = pages if request.number == "last" else request.number
    if not 1 <= number <= pages:
        raise PageOutOfRange
    before = (number - 1) * request.size
    length = min(request.size, total - before)
    return Slice(number, length, before, total - before - length)


async def count(session: Session, query: Select[Any]) -> int:
    """How many rows a query has."""
    return await session.scalar(select(func.count()).select_from(query.order_by(None).options().subquery())) or 0


async def fetch_page(session: Session, query: Select[Any], request: PageRequest) -> Page[Any]:
    """One page of `query` (which brings its own order) with the exact total.

    Raises `PageOutOfRange`; the first page of nothing is an empty page.
    """
    total = await count(session, query)
    where = slice_of(request, total)
    items = list((await session.scalars(query.limit(request.size).offset(where.before))).unique())
    return Page(items, total, where.number, request.size)
