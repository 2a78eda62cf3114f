"""Noise in every group figure that Teachers see (I-22, docs/adr/0041).

It limits what a Teacher who knows everyone else in the group can learn about one person.

A picture is made from a vector: the number of people, and a histogram over the states and "not
sure". Each person adds 1 in all to the histogram. One bit of one person (a state, sure or not, in
it or not) moves this vector by at most sqrt(2). Each entry gets Gaussian noise of SIGMA people. The
best guess of that bit from one picture is then right with probability at most Phi(sqrt(2) / (2 *
SIGMA)) = 54.9 %. This is the trade-off of the Gaussian mechanism (Dong, Roth and Su 2022, "Gaussian
Differential Privacy", eq. 6). Figures derived from these numbers alone cost nothing more.

Whether a picture is shown depends on the noisy numbers too. The true number must reach the floor,
and the noisy one must exceed it by MARGIN standard deviations. The presence of the person who makes
up the floor is therefore visible 8 times in 100. A count of reports is a single number, so it needs
less noise: SIGMA_COUNT.

Figures of real people are computed once per section and quarter, after the quarter has ended.
Privacy loss adds up over quarters; nothing here bounds the total.

The noise is sticky: derived from the site's secret, the cell, its people, and the name of the
figure. Repeated requests give the same value, and pictures of different people never share a draw,
so the noise does not cancel out. Only numbers rounded to fives leave this package, so the low bits
of a float reveal nothing.
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
QUANTILE_80: Final = STANDARD.inv_cdf(0.9) * SIGMA  # 80 % of draws lie within ± this many people


@dataclass(frozen=True, slots=True)
class Noise:
    """Noise of one cell; `key` None = no noise, for groups of simulated people."""

    key: bytes | None

    def people(self, name: str) -> float:
        """Return the noise to add to a number of people, or to a sum over them."""
        return SIGMA * self._draw(f"sum {name}")

    def margin(self, numbers: int = 1) -> float:
        """Return by how much the sum of `numbers` noisy numbers must exceed the floor."""
        return 0.0 if self.key is None else MARGIN * SIGMA * math.sqrt(numbers)

    def count(self) -> float:
        """Return the noise to add to a count of reports."""
        return SIGMA_COUNT * self._draw("count")

    @property
    def margin_of_count(self) -> float:
        """Return by how much a noisy count must exceed the floor."""
        return 0.0 if self.key is None else MARGIN * SIGMA_COUNT

    def draw_below(self, name: str, most: int) -> int:
        """Return an integer drawn uniformly from 0 to `most` - 1; 0 if there is no noise."""
        return 0 if self.key is None else self._bits(name) % most

    def _draw(self, name: str) -> float:
        """Draw from the standard normal distribution."""
        return 0.0 if self.key is None else STANDARD.inv_cdf((self._bits(name) + 0.5) / 2**52)

    def _bits(self, name: str) -> int:
        """Return 52 uniform bits."""
        drawn = hmac.digest(self.key or b"", name.encode(), "sha256")
        return int.from_bytes(drawn[:8], "big") >> 12


NO_NOISE: Final = Noise(None)


def sticky_noise(secret: bytes, cell: str, people: Collection[int]) -> Noise:
    """Return the noise of this cell with these people in it."""
    who = ",".join(map(str, sorted(people)))
    return Noise(hmac.digest(secret, f"{cell}|{who}".encode(), "sha256"))
