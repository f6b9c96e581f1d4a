"""A page of anything, without an envelope: what was asked for and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Item = TypeVar("Item")
Other = TypeVar("Other")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page, counted from 1 (or the last one), and how many items it holds at most."""

    number: int | Literal["last"]
    size: int


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of items with the exact total over all pages."""

    items: Sequence[Item]
    total: int
    number: int
    size: int

    def with_items(self, items: Sequence[Other]) -> Page[Other]:
        """The same page of something else, such as what the items stand for."""
        return Page(items, self.total, self.number, self.size)

    @property
    def pages(self) -> int:
        """How many pages there are; 0 when there is nothing."""
        return -(-self.total // self.size)

    @property
    def has_next(self) -> bool:
        """Whether another page follows."""
        return self.number < self.pages

    @property
    def has_previous(self) -> bool:
        """Whether a page comes before."""
        return self.number > 1
