"""Which numbers of one Stream are settled: stored, or answered by an error (rulings 3).

A page sends its numbers in ascending order on a socket, and says at `hello` which older ones it
still keeps; so a number passed over is one it no longer has, and counts as settled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

Range = tuple[int, int]


@dataclass(slots=True)
class Ledger:
    """`highest` number seen; owed = announced or received and not settled yet.

    `announced` are ranges, the lowest at the end: a page that was away for long keeps thousands of
    numbers, and each Block that comes is to cost no more for it.
    """

    highest: int = -1
    announced: list[Range] = field(default_factory=list)
    received: set[int] = field(default_factory=set)

    def announce(self, numbers: Iterable[int]) -> None:
        """The page still keeps these and will send them again."""
        kept = (number for first, last in self.announced for number in range(first, last + 1))
        self.announced = _ranges({*kept, *numbers})[::-1]

    def receive(self, seq: int) -> None:
        """A Block arrived; announced numbers before it will not come any more."""
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
        """The highest number up to which everything is settled; -1 while there is none."""
        if not self.announced and not self.received:
            return self.highest
        lowest = [self.announced[-1][0]] if self.announced else []
        return min([*lowest, *self.received]) - 1

    @property
    def next_seq(self) -> int:
        return self.highest + 1

    def gaps(self) -> list[list[int]]:
        """Ranges the page may still send, above the contiguous numbers."""
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
