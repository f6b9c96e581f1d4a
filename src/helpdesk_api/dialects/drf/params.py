"""DRF's paging parameters."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path
from pydantic import BaseModel, BeforeValidator, Field
from starlette.requests import Request

from helpdesk_api.db.paginate import PageOutOfRange
from helpdesk_api.dialects.wire.queries import reads_query
from helpdesk_api.dialects.wire.state import service_of
from helpdesk_api.domain.errors import Invalid
from helpdesk_api.domain.parsing.numbers import whole_number
from helpdesk_api.paging import PageRequest

LARGEST_PAGE = 100
# Past this, an id is no id: it would not fit a 64-bit column.
LARGEST_ID = 2**63 - 1


def _digits(text: object) -> object:
    # Pydantic would also read " 1", "+1", "1_0" and "1.0". A path with `{id:int}` has looked itself.
    if isinstance(text, int):
        return text
    if not (isinstance(text, str) and text.isascii() and text.isdigit()):
        raise ValueError("an id is made of digits")
    return text


Id = Annotated[int, Path(ge=0, le=LARGEST_ID, examples=[1]), BeforeValidator(_digits)]


def id_filter(name: str, text: str | None) -> int | None:
    """The id a filter asks for; a blank one asks for nothing. Raises `Invalid` for what is no whole number."""
    if not text:
        return None
    number = whole_number(text)
    if number is None:
        raise Invalid({name: ["A valid integer is required."]})
    # Nothing has the id 0, nor one that no column could hold.
    return number if 0 < number <= LARGEST_ID else 0


class PageQuery(BaseModel):
    """The parameters of a list."""

    page: str = Field("1", description="Page number, or `last`.", examples=["1"])
    page_size: str | None = Field(
        None, description="Items a page: 1 to 100; anything else is the default.", examples=["25"]
    )


@reads_query(PageQuery)
async def _page_request(request: Request) -> PageRequest:
    query = request.query_params
    page = query.get("page", "1")
    size = _whole_number(query.get("page_size")) or service_of(request).settings.page_size
    if page == "last":
        return PageRequest("last", min(size, LARGEST_PAGE))
    number = _whole_number(page)
    if number is None or number > LARGEST_ID // LARGEST_PAGE:
        raise PageOutOfRange
    return PageRequest(number, min(size, LARGEST_PAGE))


def _whole_number(text: str | None) -> int | None:
    """A number above zero, else `None`."""
    digits = (text or "").strip()
    return int(digits) or None if digits.isascii() and digits.isdigit() and len(digits) < 20 else None


PageDep = Annotated[PageRequest, Depends(_page_request)]
