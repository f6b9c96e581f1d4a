"""Pages of a query: the only LIMIT and OFFSET."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Select, func, select

from helpdesk_api.db.session import Session
from helpdesk_api.paging import Page, PageRequest

Row = TypeVar("Row")


class PageOutOfRange(Exception):
    """The page asked for lies past the last one, or before the first."""


async def fetch_page(session: Session, query: Select[Any], request: PageRequest) -> Page[Any]:
    """One page of `query` (which brings its own order) with the exact total.

    Raises `PageOutOfRange`; the first page of nothing is an empty page.
    """
    total = await session.scalar(select(func.count()).select_from(query.order_by(None).options().subquery())) or 0
    pages = max(1, -(-total // request.size))
    number = pages if request.number == "last" else request.number
    if not 1 <= number <= pages:
        raise PageOutOfRange
    items = (await session.scalars(query.limit(request.size).offset((number - 1) * request.size))).unique().all()
    return Page(items, total, number, request.size)
