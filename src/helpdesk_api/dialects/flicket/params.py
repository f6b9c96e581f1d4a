"""Flicket's ids, pages and filters, read from paths and queries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path
from pydantic import BaseModel, BeforeValidator, Field
from starlette.requests import Request

from helpdesk_api.db.paginate import PageOutOfRange
from helpdesk_api.dialects.wire.fields import wrong
from helpdesk_api.dialects.wire.queries import reads_query
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.domain.errors import NotFound
from helpdesk_api.domain.parsing.texts import why_not_storable
from helpdesk_api.paging import Page, PageRequest

Choice = TypeVar("Choice", bound=IntEnum)
Item = TypeVar("Item")
LARGEST_PAGE = 100
# Past this, an id is no id: it would not fit a 64-bit column.
LARGEST_ID = 2**63 - 1
_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,4000}\s*")

Id = Annotated[int, Path(ge=0, le=LARGEST_ID, examples=[1])]


_PER_PAGE = Field(None, description="Items a page, at most 100; what is not a number is the default.", examples=["50"])


class PageQuery(BaseModel):
    """The parameters of a list."""

    page: str | None = Field(None, description="Page number; what is not a number is the first.", examples=["1"])
    per_page: str | None = _PER_PAGE


class PerPageQuery(BaseModel):
    """The parameter of a list with the page in its path."""

    per_page: str | None = _PER_PAGE


def _number(text: str | None, default: int) -> int:
    """The number a query parameter is; what is not a number counts as the default, as in Flicket."""
    return int(text) if text is not None and _NUMBER.fullmatch(text) else default


def _request_of(request: Request, number: int) -> PageRequest:
    size = min(_number(request.query_params.get("per_page"), service_of(request).settings.posts_per_page), LARGEST_PAGE)
    if number < 1 or size < 1:
        raise PageOutOfRange
    return PageRequest(number, size)


@reads_query(PageQuery)
async def _page_in_query(request: Request) -> PageRequest:
    return _request_of(request, _number(request.query_params.get("page"), 1))


@reads_query(PerPageQuery)
async def _first_page(request: Request) -> PageRequest:
    return _request_of(request, 1)


@reads_query(PerPageQuery)
async def _page_in_path(request: Request, page: Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[1])]) -> PageRequest:
    return _request_of(request, page)


# `?page=2&per_page=50`.
QueryPageDep = Annotated[PageRequest, Depends(_page_in_query)]
# Lists with the page in the path have two routes: the bare one, which is the first page whatever `?page=` says, and the
# one that ends in `{page}/`.
FirstPageDep = Annotated[PageRequest, Depends(_first_page)]
PathPageDep = Annotated[PageRequest, Depends(_page_in_path)]


def _storable_text(value: Any) -> Any:
    if reason := why_not_storable(value) if isinstance(value, str) else None:
        raise wrong(reason)
    return value or None


def _filter_number(value: Any) -> Any:
    if value in (None, ""):
        return None
    number = _number(str(value), -1)
    if not 0 <= number <= LARGEST_ID:
        raise wrong("must be an integer.")
    return number


# Filters; an empty one is none.
TextFilter = Annotated[str | None, BeforeValidator(_storable_text)]
NumberFilter = Annotated[int | None, BeforeValidator(_filter_number)]
# A name that stands in a path; one that no file can have is 404.
FileName = Annotated[str, BeforeValidator(_storable_text), Path(max_length=255)]


def member(choices: type[Choice], number: int) -> Choice:
    """The member with this number. Raises `NotFound`."""
    try:
        return choices(number)
    except ValueError:
        raise NotFound from None


def page_of(items: Sequence[Item], request: PageRequest) -> Page[Item]:
    """One page of what is not in the database. Raises `PageOutOfRange`."""
    number = 1 if request.number == "last" else request.number
    start = (number - 1) * request.size
    if number > 1 and start >= len(items):
        raise PageOutOfRange
    return Page(items[start : start + request.size], len(items), number, request.size)
