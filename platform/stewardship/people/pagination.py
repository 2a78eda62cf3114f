"""Which entries of a long list one page shows, and which pages are beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageNumbers:
    """Page `number`, counted from 1, of a list of `total` entries, `size` on a page."""

    number: int
    total: int
    size: int

    @property
    def entries(self) -> slice:
        return slice(self.size * (self.number - 1), self.last)

    @property
    def first(self) -> int:
        return self.size * (self.number - 1) + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.size * self.number, self.total)

    @property
    def before(self) -> int:
        return self.number - 1

    @property
    def after(self) -> int:
        return self.number + 1 if self.last < self.total else 0


def number_page(wanted: int, total: int, size: int) -> PageNumbers:
    """Return the page that is wanted, or the last one of the list."""
    return PageNumbers(min(wanted, max(1, -(-total // size))), total, size)
