"""Flicket's page: `_links`, `_meta`, `items`; the page number stands in the query or, for some lists, in the path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Generic, TypeVar

from pydantic import Field
from typing_extensions import TypedDict

from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.paging import Page

Row = TypeVar("Row")
Item = TypeVar("Item")
Filters = Mapping[str, object | None]
# The URL of a page, by its number and its size.
Address = Callable[[int, int], str]


class PageLinks(TypedDict):
    """This page and those around it."""

    next: Annotated[str | None, Field(description="The next page's URL.", examples=[None])]
    prev: Annotated[str | None, Field(description="The previous page's URL.", examples=[None])]
    self: Annotated[
        str,
        Field(
            description="This page's URL.",
            examples=["http://localhost:5000/flicket-api/departments/?page=1&per_page=50"],
        ),
    ]


class PageMeta(TypedDict):
    """Which page this is, and of how many."""

    page: Annotated[int, Field(examples=[1])]
    per_page: Annotated[int, Field(examples=[50])]
    total_items: Annotated[int, Field(examples=[1])]
    total_pages: Annotated[int, Field(description="0 where there is nothing.", examples=[1])]


class FlicketPage(TypedDict, Generic[Row]):
    """One page of a list."""

    _links: PageLinks
    _meta: PageMeta
    items: list[Row]


def flicket_page(page: Page[Item], address: Address, row: Callable[[Item], Row]) -> FlicketPage[Row]:
    """Put a page in Flicket's envelope; `query_pages` and `path_pages` give the addresses."""
    number, size = page.number, page.size
    return {
        "_links": {
            "next": address(number + 1, size) if page.has_next else None,
            "prev": address(number - 1, size) if page.has_previous else None,
            "self": address(number, size),
        },
        "_meta": {"page": number, "per_page": size, "total_items": page.total, "total_pages": page.pages},
        "items": [row(item) for item in page.items],
    }


def query_pages(urls: Urls, route: str, filters: Filters | None = None, **parameters: object) -> Address:
    """Pages at `?page=2&per_page=50`, followed by the filters that were used."""
    path = urls.path_to(route, **parameters)
    kept = _used(filters)
    return lambda page, size: urls.with_parameters(path, {"page": page, "per_page": size, **kept})


def path_pages(urls: Urls, route: str, filters: Filters | None = None, **parameters: object) -> Address:
    """Pages at `/2/?per_page=50`, followed by the filters that were used; the route has a `{page}`."""
    kept = _used(filters)
    return lambda page, size: urls.with_parameters(
        urls.path_to(route, page=page, **parameters), {"per_page": size, **kept}
    )


def _used(filters: Filters | None) -> dict[str, object]:
    return {name: value for name, value in (filters or {}).items() if value not in (None, "")}
