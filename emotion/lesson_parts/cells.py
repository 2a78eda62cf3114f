r"""Published cells: what leaves a class about each part of a lesson. All else is made from them.

A source's cell has a number of learners and, for each part, their mean contrast. Course actions are
published from a floor on, without noise, as on all pages that count them (ADR 0031).

Both axes of sensing are published together: one number of learners, one decision on the floor, and
one sum for each axis and part. Gaussian noise has `SIGMA_NUMBER` people in the number, and `SIGMA`
for each unit by which one learner can move all sums together, in L2. Any change of what a learner
felt moves them by at most 1 (`emotion.lesson_parts.evidence`). Someone who knows everyone else then
guesses one bit about one learner right with at most

.. math::

    \Phi\Bigl(\frac{1}{2\,\mathrm{SIGMA}}\Bigr) = 55.0\,\%, \qquad
    \Phi\Bigl(\tfrac12\sqrt{\tfrac{1}{\mathrm{SIGMA\_NUMBER}^2}
    + \tfrac{1}{2\,\mathrm{SIGMA}^2}}\Bigr) = 55.0\,\%

The first is for any change of their Windows, on one axis or both. The second is for presence, which
moves the number by 1 and the sums by at most :math:`1 / \sqrt 2`. The true number must reach the
floor, and the noisy one must exceed it by ``MARGIN`` deviations. So the tenth learner's presence is
seen 8 times in 100, which makes a guess of 54 %.

Noise is that of one publication. A caller who publishes a class again must pass a generator keyed
by the cell and its people, so that nothing averages out (ADR 0041). Cells of different people, as
after a withdrawal, add up.

Numbers of learners are published in bands of five, and means in steps of ``STEP``, less their mean
over parts. The error of a mean, which `emotion.lesson_parts.pooling` uses, follows from published
numbers. With n learners, P parts, spread :math:`s` of one contrast, and mean :math:`y`,

.. math::

    v = \frac{s^2}{n} + \frac{(1 - 1/P)\,\mathrm{SIGMA}^2 + y^2\,\mathrm{SIGMA\_NUMBER}^2}{n^2}
    + \frac{\mathrm{STEP}^2}{12}

without noise and steps for course actions. Where parts are alike, y is 0. The spread of sensing is
known beforehand, since the class's would be one more number to protect. That of course actions is
the part's own, drawn towards the class's. The class's is at least the usual one. So two presses in
a class in which nothing else happened are no verdict.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from emotion.lesson_parts.evidence import LENGTH, Array

SIGMA: Final = 4.0
SIGMA_NUMBER: Final = 5.7
MARGIN: Final = 1.4
BAND: Final = 5
STEP: Final = 0.02
FLOOR_PEOPLE: Final = 5
FLOOR_BIOMETRIC: Final = 10
# With so many learners a part's own spread counts as much as the class's.
SHRINKAGE: Final = 10


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
    size : float
        The unit of the index: about by how much a planted part of size 1 exceeds the others in
        mean contrast. On seed 501 the part's own mean rose by .050 (actions, hard), .004 (reports),
        .055 and .054 (sensing) and .031 (actions, boring), and the gap is 8/7 of that. So the
        planted part's index is .83 to 1.05, not 1. Intervals take the size as known.
    spread : float
        Standard deviation of one learner's contrast where parts do not differ.
    limit : float
        Of course actions: score from which on all count alike.
    """

    name: str
    axis: str
    sensed: bool
    size: float
    spread: float
    limit: float = math.inf


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Noise, bands and floors; `OPEN` has none, for comparison.

    A caller passes the floors of the site's legal profile, which may be higher than these.
    """

    sigma: float = SIGMA
    sigma_number: float = SIGMA_NUMBER
    step: float = STEP
    band: int = BAND
    floor_people: int = FLOOR_PEOPLE
    floor_biometric: int = FLOOR_BIOMETRIC


OPEN: Final = Disclosure(0.0, 0.0, 0.0, 0, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class SourceCells:
    """The published means of one source.

    Attributes
    ----------
    source : Source
    n : int
        Number of learners; of sensing, the lower end of its band.
    means : (P,)
        Mean contrast of each part, in steps.
    variances : (P,)
        Of their errors, from published numbers alone.
    alike : float
        The same variance in a lesson whose parts are alike.
    """

    source: Source
    n: int
    means: Array
    variances: Array
    alike: float


def publish_actions(
    contrasts: Array, source: Source, rules: Disclosure = Disclosure()
) -> SourceCells | None:
    """Return the cells of course actions, from contrasts (L, P); None if learners are too few.

    Means are exact, also of counts below the floor: only for readers who see these deeds by name.
    """
    people = len(contrasts)
    if people < max(rules.floor_people, 1):
        return None
    own = contrasts.var(axis=0) * people / max(people - 1, 1)
    alike = max(float(own.mean()), source.spread**2)
    spread = (people * own + SHRINKAGE * alike) / (people + SHRINKAGE)
    return SourceCells(source, people, contrasts.mean(axis=0), spread / people, alike / people)


def publish_sensing(
    contrasts: Sequence[Array],
    sources: Sequence[Source],
    rng: np.random.Generator,
    rules: Disclosure = Disclosure(),
) -> list[SourceCells] | None:
    """Return the cells of all axes of sensing together; None if learners are too few.

    Parameters
    ----------
    contrasts : one (L, P) for each source
        NaN for learners without contrast, who do not count.
    sources : sequence of Source
    rng : Generator
        Draws 1 number for the learners and 1 for each axis and part.
    """
    everyone = np.stack(contrasts, axis=1)  # (L, A, P)
    found = everyone[~np.isnan(everyone).any(axis=(1, 2))]
    _check_influence(found)
    (people, axes, parts), floor = found.shape, rules.floor_biometric
    drawn = rng.standard_normal(1 + axes * parts)
    noisy = people + rules.sigma_number * float(drawn[0])
    if people < max(floor, 1) or noisy < floor + MARGIN * rules.sigma_number:
        return None
    sums = found.sum(axis=0) + rules.sigma * drawn[1:].reshape(axes, parts)
    means = (sums - sums.mean(axis=1, keepdims=True)) / noisy
    if rules.step:
        means = rules.step * np.round(means / rules.step)
    n = rules.band * math.floor(noisy / rules.band) if rules.band else people
    return [
        _state_sensing(source, n, row, rules) for source, row in zip(sources, means, strict=True)
    ]


def _check_influence(contrasts: Array) -> None:
    """Refuse contrasts (L, A, P) that are not shares less their mean, and so could move more."""
    shares = contrasts - contrasts.min(axis=2, initial=0.0, keepdims=True)
    most = float((shares**2).sum(axis=(1, 2)).max(initial=0.0)) ** 0.5
    if most > math.sqrt(shares.shape[1]) * LENGTH + 1e-9:
        raise ValueError(f"expected shares of length {LENGTH} on each axis, got {most:.3g} in all")


def _state_sensing(source: Source, n: int, means: Array, rules: Disclosure) -> SourceCells:
    middle = n + rules.band / 2
    noise = (1 - 1 / len(means)) * (rules.sigma / middle) ** 2
    alike = source.spread**2 / middle + noise + rules.step**2 / 12
    variances = alike + (means * rules.sigma_number / middle) ** 2
    return SourceCells(source, n, means, variances, alike)


def add_cells(first: SourceCells, second: SourceCells) -> SourceCells:
    """Return the cells of two groups without a learner in common, each weighted by its learners."""
    if first.source.name != second.source.name:
        raise ValueError(f"expected cells of {first.source.name}, got {second.source.name}")
    n = first.n + second.n
    ours, theirs = first.n / n, second.n / n
    return SourceCells(
        first.source,
        n,
        ours * first.means + theirs * second.means,
        ours**2 * first.variances + theirs**2 * second.variances,
        ours**2 * first.alike + theirs**2 * second.alike,
    )
