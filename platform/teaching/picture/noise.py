"""The little noise in every number that Teachers see of a group, so that nobody can be singled out
by subtracting two of them (I-22).

All its parameters stand here, with their reasons. A person adds between 0 and 1 to the sum that a
share is the mean of, and exactly 1 to all shares of a picture together. Each sum gets two-sided
geometric noise (the discrete Laplace distribution: no low bits of a float tell anything) of
EPSILON; exchanging one person moves all the shares together by at most 2, so the shares of one
picture cost 2 × EPSILON = 1 (notes/trust.md 5a), its share of "not sure" EPSILON more, each of its
three counts EPSILON_COUNT. A count's noise is cut at COUNT_AT_MOST so that a band is never more
than one off; 2·e^-5/(1+e^-1), 1 draw in 100, lies beyond. What is made of these numbers alone
costs nothing more. One quarter of an hour shows a part at most four times (`cells.STAND`); what
different cells cost adds up, and nothing here ends that.

The noise is sticky: drawn from the site's secret, the cell, its snapshot, who is in it, and the
name of the number. Asking again gives the same; two pictures of different people never share it,
so it does not cancel either.
"""

from __future__ import annotations

import hmac
import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

EPSILON: Final = 0.5
EPSILON_COUNT: Final = 1.0
GRAINS: Final = 1000  # a share is summed in thousandths of a person
COUNT_AT_MOST: Final = 4
QUANTILE_80: Final = math.log(5) / EPSILON  # 8 draws in 10 lie within this, in people


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of one snapshot of one cell; `key` None = none, for groups of simulated people."""

    key: bytes | None

    def people(self, name: str) -> float:
        """What to add to a sum over people."""
        return self._draw(f"sum {name}", EPSILON / GRAINS) / GRAINS

    def count(self, name: str) -> int:
        """What to add to a number of people."""
        drawn = self._draw(f"count {name}", EPSILON_COUNT)
        return max(-COUNT_AT_MOST, min(COUNT_AT_MOST, drawn))

    def _draw(self, name: str, epsilon: float) -> int:
        """Two geometric draws of which one is taken from the other."""
        if self.key is None:
            return 0
        drawn = hmac.digest(self.key, name.encode(), "sha256")
        up, down = (int.from_bytes(drawn[at : at + 8], "big") for at in (0, 8))
        return _geometric(up, epsilon) - _geometric(down, epsilon)


NONE: Final = Noise(None)


def sticky(secret: bytes, cell: str, people: Collection[int]) -> Noise:
    """The noise of this cell's snapshot with these people in it."""
    who = ",".join(map(str, sorted(people)))
    return Noise(hmac.digest(secret, f"{cell}|{who}".encode(), "sha256"))


def _geometric(drawn: int, epsilon: float) -> int:
    """From 64 uniform bits: how often a coin of e^-epsilon falls on its side before it does not."""
    return math.floor(math.log((drawn + 1) / 2**64) / -epsilon)
