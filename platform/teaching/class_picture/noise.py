"""The noise in every number that Teachers see of a group, so that a Teacher who knows all others
learns next to nothing of one person (I-22, docs/adr/0041).

A picture is made from a vector: the number of people, and a histogram over the states and "not
sure", to which each person adds 1 in all. Any one bit of one person (a state, sure or not, in it or
not) moves this vector by at most the square root of 2. Each entry gets Gaussian noise of SIGMA
people, so the best guess of that bit from one picture is right with a chance of at most
Phi(sqrt(2) / (2 * SIGMA)), 54.9 % (the trade-off of the Gaussian mechanism: Dong, Roth and Su 2022,
"Gaussian Differential Privacy", eq. 6). What is made of these numbers alone costs nothing more.

Whether there is a picture depends on the noisy numbers too: the true number must reach the floor,
and the noisy one MARGIN standard deviations more, so the person who makes up the floor is seen 8
times in 100. A count of reports is one number, so less noise does for it: SIGMA_COUNT.

Real people's numbers of a part are made once a quarter of an hour, when it has ended. What
different quarters cost adds up, and nothing here ends that.

The noise is sticky: drawn from the site's secret, the cell, who is in it, and the name of the
number. Asking again gives the same; two pictures of different people never share it, so it does
not cancel either. Only numbers rounded to fives leave this package, so the low bits of a float
tell nothing.
"""

from __future__ import annotations

import hmac
import math
from collections.abc import Collection
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

SIGMA: Final = 5.7
SIGMA_COUNT: Final = 4.0
MARGIN: Final = 1.4
STANDARD: Final = NormalDist()
QUANTILE_80: Final = STANDARD.inv_cdf(0.9) * SIGMA  # 8 draws in 10 lie within this, in people


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of one cell; `key` None = none, for groups of simulated people."""

    key: bytes | None

    def people(self, name: str) -> float:
        """Return what to add to a number of people, or to a sum over them."""
        return SIGMA * self._draw(f"sum {name}")

    def margin(self, numbers: int = 1) -> float:
        """Return how far beyond the floor the sum of so many noisy numbers must be."""
        return 0.0 if self.key is None else MARGIN * SIGMA * math.sqrt(numbers)

    def count(self) -> float:
        """Return what to add to a count of reports."""
        return SIGMA_COUNT * self._draw("count")

    @property
    def margin_of_count(self) -> float:
        """How far beyond the floor a noisy count must be."""
        return 0.0 if self.key is None else MARGIN * SIGMA_COUNT

    def draw_below(self, name: str, most: int) -> int:
        """Return a whole number from 0 to under `most`, each as likely; 0 where there is none."""
        return 0 if self.key is None else self._bits(name) % most

    def _draw(self, name: str) -> float:
        """Draw from the standard normal distribution."""
        return 0.0 if self.key is None else STANDARD.inv_cdf((self._bits(name) + 0.5) / 2**52)

    def _bits(self, name: str) -> int:
        """Return 52 uniform bits."""
        drawn = hmac.digest(self.key or b"", name.encode(), "sha256")
        return int.from_bytes(drawn[:8], "big") >> 12


NONE: Final = Noise(None)


def sticky(secret: bytes, cell: str, people: Collection[int]) -> Noise:
    """Return the noise of this cell with these people in it."""
    who = ",".join(map(str, sorted(people)))
    return Noise(hmac.digest(secret, f"{cell}|{who}".encode(), "sha256"))
