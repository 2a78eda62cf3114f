"""Which numbers of one Stream are settled: stored, or answered by an error (rulings 3).

A page sends its numbers in ascending order on a socket, and says at `hello` which older ones it
still keeps; so a number passed over is one it no longer has, and counts as settled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Ledger:
    """`highest` number seen; `owed` = announced or received and not settled yet."""

    highest: int = -1
    announced: frozenset[int] = frozenset()
    received: set[int] = field(default_factory=set)

    def announce(self, numbers: Iterable[int]) -> None:
        """The page still keeps these and will send them again."""
        self.announced = self.announced.union(numbers)

    def receive(self, seq: int) -> None:
        """A Block arrived; announced numbers before it will not come any more."""
        if self.announced:
            self.announced = frozenset(number for number in self.announced if number > seq)
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
        return min(min(numbers) for numbers in (self.announced, self.received) if numbers) - 1

    @property
    def next_seq(self) -> int:
        return self.highest + 1

    def gaps(self) -> list[list[int]]:
        """Ranges the page may still send, above the contiguous numbers."""
        ranges: list[list[int]] = []
        if not self.announced:
            return ranges
        for number in sorted(n for n in self.announced if n < self.highest):
            if ranges and ranges[-1][1] == number - 1:
                ranges[-1][1] = number
            else:
                ranges.append([number, number])
        return ranges
