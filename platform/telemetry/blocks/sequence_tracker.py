"""Which numbers of one Stream are settled: stored, or answered by an error (rulings 3).

A page sends its numbers in ascending order, and says at `hello` which older ones it still has. A
number that is skipped is therefore gone and counts as settled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

Range = tuple[int, int]


@dataclass(slots=True)
class SequenceLedger:
    """The numbers of one Stream: the highest seen, those announced and those received.

    Announced and received numbers are not settled yet. `announced` are ranges, the lowest at the
    end: a page that was offline may announce thousands of numbers, and each Block must stay cheap.
    """

    highest: int = -1
    announced: list[Range] = field(default_factory=list)
    received: set[int] = field(default_factory=set)

    def announce(self, numbers: Iterable[int]) -> None:
        """Add numbers that the page will send again."""
        kept = (number for first, last in self.announced for number in range(first, last + 1))
        self.announced = _ranges({*kept, *numbers})[::-1]

    def receive(self, seq: int) -> None:
        """Record an arrived Block; lower announced numbers will not come any more."""
        while self.announced and self.announced[-1][1] <= seq:
            self.announced.pop()
        if self.announced and self.announced[-1][0] <= seq:
            self.announced[-1] = (seq + 1, self.announced[-1][1])
        self.received.add(seq)
        if seq > self.highest:
            self.highest = seq

    def settle(self, seq: int) -> None:
        self.received.discard(seq)
        if seq > self.highest:
            self.highest = seq

    @property
    def contiguous(self) -> int:
        """Return the highest number up to which everything is settled; -1 if none."""
        if not self.announced and not self.received:
            return self.highest
        lowest = [self.announced[-1][0]] if self.announced else []
        return min([*lowest, *self.received]) - 1

    @property
    def next_seq(self) -> int:
        return self.highest + 1

    def gaps(self) -> list[list[int]]:
        """Return the ranges the page may still send, above the contiguous numbers."""
        return [
            [first, min(last, self.highest - 1)]
            for first, last in reversed(self.announced)
            if first < self.highest
        ]


def _ranges(numbers: Collection[int]) -> list[Range]:
    found: list[Range] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
