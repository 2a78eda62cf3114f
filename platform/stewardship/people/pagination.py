"""Page numbers of a long list: the entries on one page, and its neighbouring pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageNumbers:
    """Page `number`, counted from 1, of a list of `total` entries, `size` per page."""

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
    """Return the requested page, or the last page of the list."""
    return PageNumbers(min(wanted, max(1, -(-total // size))), total, size)
