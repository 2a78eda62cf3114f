"""Shares of correct answers with and without a state, from the published figures of a week.

Nothing but the published numbers is used, so an interval reveals no more than they do. Learners
are the unit: each adds 1 to the histogram in all, so the number of people behind a share is at
most its part of them. Wilson's interval at this number is wide enough for answers that are alike
within a Learner: the variance of a share of sums of such parts is at most p(1 - p) / n. The
interval of a difference combines the two (Newcombe 1998, method 10). Parts of one Learner in both
shares cannot make it wider, because the parts sum to 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from estimates.group_figures.noise import QUANTILE_80
from estimates.group_figures.proportions import STEP, Picture, wilson_interval

RANGE: Final = "range"
FEW: Final = "few"
MORE: Final = "more"
FEWER: Final = "fewer"
NO_DIFFERENCE: Final = "no difference"


@dataclass(frozen=True, slots=True)
class PercentInterval:
    """An 80 % interval in percent or percentage points, rounded outward to fives."""

    low: int
    high: int

    @property
    def width(self) -> int:
        return max(1, self.high - self.low)


@dataclass(frozen=True, slots=True)
class StateResult:
    """One state in one skill; the last three are None if too few people were estimated in it."""

    label: str
    share: PercentInterval
    inside: PercentInterval | None = None
    outside: PercentInterval | None = None
    difference: PercentInterval | None = None

    @property
    def finding(self) -> str:
        """Return whether correct answers were more or fewer in this state, or what hides it."""
        if self.difference is None:
            return FEW
        if self.difference.low > 0:
            return MORE
        return FEWER if self.difference.high < 0 else NO_DIFFERENCE

    @property
    def most(self) -> int:
        """Return the largest difference in the interval, in percentage points."""
        return max(-self.difference.low, self.difference.high) if self.difference else 0


@dataclass(frozen=True, slots=True)
class _Part:
    """A share `p` over `n` people, and the half-width of the noise in it."""

    p: float
    n: float
    spread: float

    @property
    def limits(self) -> tuple[float, float]:
        low, high = wilson_interval(self.p, self.n)
        low, high = (
            self.p - math.hypot(self.p - low, self.spread),
            self.p + math.hypot(high - self.p, self.spread),
        )
        return max(0.0, low), min(1.0, high)


def results_of(found: Picture, floor: int) -> list[StateResult]:
    """Return each published state with its results.

    `floor` is the least number of real people for which a share of correct answers may be shown.
    """
    least = 1 if found.simulated else floor
    return [_result_of(label, found, least) for label in found.shares]


def _result_of(label: str, found: Picture, least: int) -> StateResult:
    whole, right = found.shares[label], found.right[label]
    cells = found.cells
    others = found.entries or len(found.shares)  # the other states, and the rest
    share = _outward(*_part(found, whole, 100, 2 * cells, 2 * others).limits)
    rest_right = min(max(0, (found.right_all or 0) - right), 100 - whole)
    inside = _part(found, right, whole, cells, cells)
    outside = _part(found, rest_right, 100 - whole, others, others)
    if min(inside.n, outside.n) < least:
        return StateResult(label, share)
    return StateResult(
        label, share, _outward(*inside.limits), _outward(*outside.limits),
        _outward(*_difference(inside, outside)),
    )  # fmt: skip


def _part(found: Picture, some: int, whole: int, noisy: int, other_noisy: int) -> _Part:
    """Return the share of `some` in `whole`, both in percent of the people.

    `noisy` is the number of entries of the noisy histogram that make up `some`, `other_noisy` of
    those that make up the rest of `whole`. Making the histogram sum to the number of people does
    not add to this noise.
    """
    n = found.n * whole / 100
    if n <= 0:
        return _Part(0.0, 0.0, 0.0)
    p = min(1.0, some / whole)
    noise = 0.0 if found.simulated else QUANTILE_80
    return _Part(p, n, noise * math.sqrt(noisy * (1 - p) ** 2 + other_noisy * p**2) / n)


def _difference(inside: _Part, outside: _Part) -> tuple[float, float]:
    (low, high), (other_low, other_high) = inside.limits, outside.limits
    found = inside.p - outside.p
    return (
        max(-1.0, found - math.hypot(inside.p - low, other_high - outside.p)),
        min(1.0, found + math.hypot(high - inside.p, outside.p - other_low)),
    )


def _outward(low: float, high: float) -> PercentInterval:
    steps = 100 / STEP
    return PercentInterval(STEP * math.floor(steps * low), STEP * math.ceil(steps * high))
