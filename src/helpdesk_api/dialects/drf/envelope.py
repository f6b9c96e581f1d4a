"""DRF's page: count, next, previous, results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

from pydantic import Field
from typing_extensions import TypedDict

from helpdesk_api.dialects.wire.urls import Urls
from helpdesk_api.paging import Page

Row = TypeVar("Row")
Item = TypeVar("Item")


class DrfPage(TypedDict, Generic[Row]):
    """One page of a list."""

    count: Annotated[int, Field(description="How many there are on all pages.", examples=[1])]
    next: Annotated[str | None, Field(description="The next page's URL.", examples=[None])]
    previous: Annotated[str | None, Field(description="The previous page's URL.", examples=[None])]
    results: list[Row]


def drf_page(page: Page[Item], urls: Urls, row: Callable[[Item], Row]) -> DrfPage[Row]:
    """Put a page in DRF's envelope; its links keep the other query parameters."""
    return {
        "count": page.total,
        "next": _page_url(urls, page.number + 1) if page.has_next else None,
        "previous": _page_url(urls, page.number - 1) if page.has_previous else None,
        "results": [row(item) for item in page.items],
    }


def _page_url(urls: Urls, number: int) -> str:
    # As DRF's: parameters in alphabetical order, and the first page goes without a number.
    parameters = {name: values for name, values in urls.parameters().items() if name != "page"}
    if number > 1:
        parameters["page"] = [str(number)]
    return urls.with_parameters(urls.path, dict(sorted(parameters.items())))
