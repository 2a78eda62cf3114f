r"""Published cells: what leaves a class about each part of a lesson. All else is made from them.

A source's cell has a number of learners and, for each part, their mean contrast. Course actions are
published from a floor on, without noise, as on all pages that count them (ADR 0031).

Numbers of sensed people get Gaussian noise of ``SIGMA`` people for each unit by which one learner
can move them, as a count does in `platform/estimates/group_figures/noise.py`. A contrast is in -1/2
to 1/2, so any change of one learner moves a sum over learners by at most 1. One part of one learner
is then guessed right with probability at most :math:`\Phi(1 / 2\,\mathrm{SIGMA}) = 55\,\%` by
someone who knows everyone else. Presence moves the number by 1 and each of P sums by at most 1/2:
at most :math:`\Phi(\sqrt{1 + P/4} / 2\,\mathrm{SIGMA})`, 59 % for eight parts of one axis, and
61 % for both axes with the same number.

The true number must reach the floor, and the noisy one must exceed it by ``MARGIN`` deviations.
Numbers of learners are published in bands of five and means in steps of ``STEP``.

The error of a published mean, which `emotion.lesson_parts.pooling` uses, follows from published
numbers. With n learners, spread :math:`s` of one contrast, and mean :math:`y`,

.. math:: v = s^2 / n + (1 + y^2)\,\mathrm{SIGMA}^2 / n^2 + \mathrm{STEP}^2 / 12

without the last two terms where there is no noise. The spread of course actions is that of the
class; that of sensing is the source's, known beforehand, since the class's would be one more number
to protect.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.lesson_parts.evidence import BOUND, Array

SIGMA: Final = 4.0
MARGIN: Final = 1.4
BAND: Final = 5
STEP: Final = 0.05
FLOOR_PEOPLE: Final = 5
FLOOR_BIOMETRIC: Final = 10
# Below this a spread of course actions is that of a class in which hardly anyone did anything.
LEAST_SPREAD: Final = 0.02


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of evidence.

    Attributes
    ----------
    name : str
    axis : str
        "hard" or "boring".
    sensed : bool
        Made from Estimates, so that the floor of biometric data holds.
    limit : float
        Score from which a contrast is as large as it can be.
    spread : float
        Of sensing: standard deviation of one learner's contrast where parts do not differ.
    """

    name: str
    axis: str
    sensed: bool
    limit: float
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Noise of sensed people's numbers, and floors; `sigma` 0 = no noise, for comparison."""

    sigma: float = SIGMA
    step: float = STEP
    floor_people: int = FLOOR_PEOPLE
    floor_biometric: int = FLOOR_BIOMETRIC

    def select(self, source: Source) -> Disclosure:
        """Return what holds for this source; course actions have no noise."""
        return self if source.sensed else replace(self, sigma=0.0, step=0.0)

    def floor(self, source: Source) -> int:
        """Return the least number of learners."""
        return self.floor_biometric if source.sensed else self.floor_people


OPEN: Final = Disclosure(sigma=0.0, step=0.0, floor_people=1, floor_biometric=1)


@dataclass(frozen=True, slots=True, eq=False)
class SourceCells:
    """The published means of one source.

    Attributes
    ----------
    source : Source
    n : int
        Lower end of the band of learners.
    means : (P,)
        Mean contrast of each part, in steps.
    variances : (P,)
        Of their errors, from published numbers alone.
    """

    source: Source
    n: int
    means: Array
    variances: Array


def publish_cells(
    contrasts: Array,
    source: Source,
    rng: np.random.Generator,
    disclosure: Disclosure = Disclosure(),
) -> SourceCells | None:
    """Return the cells of learners' contrasts (L, P); None if they are too few.

    Draws 1 + P numbers whatever it returns, so what leaves depends on nothing but them.
    """
    people, parts = contrasts.shape
    if np.abs(contrasts).max(initial=0.0) > BOUND + 1e-12:
        raise ValueError(f"expected contrasts within {BOUND}, got {np.abs(contrasts).max():.3g}")
    rules, floor = disclosure.select(source), disclosure.floor(source)
    drawn = rules.sigma * rng.standard_normal(1 + parts)
    noisy = people + float(drawn[0])
    if people < max(floor, 1) or noisy < floor + MARGIN * rules.sigma:
        return None
    means = np.clip((contrasts.sum(axis=0) + drawn[1:]) / noisy, -BOUND, BOUND)
    if rules.step:
        means = rules.step * np.round(means / rules.step)
    n = BAND * math.floor(noisy / BAND) if rules.sigma else people
    spread = source.spread if source.sensed else measure_spread(contrasts)
    return SourceCells(source, n, means, error_variances(means, n, spread, rules))


def measure_spread(contrasts: Array) -> float:
    """Return the standard deviation of one learner's contrast around the part's mean.

    At least `LEAST_SPREAD`, so that a class without any action is not taken for an exact one.
    """
    people = len(contrasts)
    squares = float((contrasts.var(axis=0)).mean()) * people / max(people - 1, 1)
    return math.sqrt(max(squares, LEAST_SPREAD**2))


def error_variances(means: Array, n: int, spread: float, rules: Disclosure) -> Array:
    """Return the variance of each published mean's error."""
    middle = n + (BAND / 2 if rules.sigma else 0.0)
    noise = (1 + means**2) * (rules.sigma / middle) ** 2
    return np.asarray(spread**2 / middle + noise + rules.step**2 / 12)


def add_cells(first: SourceCells, second: SourceCells) -> SourceCells:
    """Return the cells of two groups together: n grows, and the means are weighted by precision.

    The same person may be in both, in lessons of different days; then the error is that of both.
    """
    if first.source.name != second.source.name:
        raise ValueError(f"expected cells of {first.source.name}, got {second.source.name}")
    weights = 1 / first.variances, 1 / second.variances
    total = weights[0] + weights[1]
    means = (weights[0] * first.means + weights[1] * second.means) / total
    return SourceCells(first.source, first.n + second.n, means, 1 / total)


def as_matrix(cells: list[SourceCells | None]) -> tuple[Array, NDArray[np.float64]]:
    """Return means and variances (S, P); a source without cells has mean 0 and variance inf."""
    parts = next(len(each.means) for each in cells if each is not None)
    means = [np.zeros(parts) if each is None else each.means for each in cells]
    variances = [np.full(parts, np.inf) if each is None else each.variances for each in cells]
    return np.stack(means), np.stack(variances)
