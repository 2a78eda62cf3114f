"""Classes drawn from a pool, what is published of them, and what the estimator makes of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks.class_parts.contrasts import FilmContrasts
from emotion.lesson_parts.cells import OPEN, Disclosure, Source, publish_cells
from emotion.lesson_parts.evidence import Array
from emotion.lesson_parts.pooling import Z80, find_threshold, measure_index, score_parts
from emotion.lesson_parts.sources import AXES, POOLED, list_sources

# Which sources each estimator sees; on the axis "boring" there are no reports, so that actions are
# deeds alone.
ESTIMATORS: Final[Mapping[str, tuple[str, ...]]] = {
    "deeds": ("deeds",),
    "reports": ("reports",),
    "deeds and reports": ("actions",),
    "sensing": ("sensing",),
    "all": POOLED,
}


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """How classes are drawn.

    Attributes
    ----------
    learners, consent : int, float
        Size of a class, and the share of it that consents to sensing.
    noise : bool
        With noise and floors.
    lessons : int
        How many classes take the lesson, each with learners of its own.
    again : bool
        Draw with replacement, so that the film's pool is the population: for coverage. Without, a
        class is as any other of all learners: for hits and alarms. A class larger than the pool is
        drawn with replacement anyway.
    """

    learners: int = 30
    consent: float = 0.7
    noise: bool = True
    lessons: int = 1
    again: bool = False

    @property
    def disclosure(self) -> Disclosure:
        """Return the noise and floors."""
        return Disclosure() if self.noise else OPEN


@dataclass(frozen=True, slots=True, eq=False)
class DrawnCells:
    """Published cells of draws (D) on one axis.

    Attributes
    ----------
    films, parts : (D,) int
        Film of each draw, and the part of its plant.
    sources : S Source
    means, variances, truth : (D, S, P)
        Variance inf where too few; `truth` is the mean of the film's whole pool.
    """

    films: NDArray[np.int64]
    parts: NDArray[np.int64]
    sources: Sequence[Source]
    means: Array
    variances: Array
    truth: Array

    @property
    def z(self) -> Array:
        """Return the means in standard errors."""
        return np.asarray(self.means / np.sqrt(self.variances))


@dataclass(frozen=True, slots=True, eq=False)
class DrawnEstimates:
    """What one estimator says of draws (D).

    Attributes
    ----------
    top1, top3 : (D,) float
        Chance that the planted part is among the first, equals being in random order.
    alarm, found : (D,) bool
        Whether any part has a verdict, and whether the planted one has.
    covered : (D,) float
        Share of the parts whose 80 % interval has the truth; NaN if nothing is published.
    """

    top1: Array
    top3: Array
    alarm: NDArray[np.bool_]
    found: NDArray[np.bool_]
    covered: Array


def draw_cells(
    films: Sequence[FilmContrasts], axis: str, plan: ClassPlan, draws: int, seed: Sequence[int]
) -> DrawnCells:
    """Draw classes, the films by turns, fresh learners for each class, and publish their cells.

    The same seed gives the same learners on both axes, with noise of their own.
    """
    rows = [_draw_class(films[n % len(films)], axis, plan, (*seed, n)) for n in range(draws)]
    which = np.arange(draws) % len(films)
    means, variances = (np.stack(column) for column in zip(*rows, strict=True))
    sources = list_sources(axis)
    truths = np.stack(
        [[film.contrasts[axis, s.name].mean(axis=0) for s in sources] for film in films]
    )
    parts = np.array([film.part for film in films])
    return DrawnCells(which, parts[which], sources, means, variances, truths[which])


def _draw_class(
    film: FilmContrasts, axis: str, plan: ClassPlan, seed: Sequence[int]
) -> tuple[Array, Array]:
    """Return means and variances (S, P) of a class, over its lessons."""
    people = np.random.default_rng(list(seed))
    noise = np.random.default_rng([*seed, AXES.index(axis)])
    sources = list_sources(axis)
    pool, parts = film.contrasts[axis, sources[0].name].shape
    total = np.zeros((len(sources), parts))
    weighted = total.copy()
    again = plan.again or plan.lessons * plan.learners > pool
    everyone = people.choice(pool, (plan.lessons, plan.learners), replace=again)
    for there in everyone:
        sensed = there[: round(plan.consent * plan.learners)]
        for row, source in enumerate(sources):
            who = sensed if source.sensed else there
            found = film.contrasts[axis, source.name][who]
            cells = publish_cells(found, source, noise, plan.disclosure)
            if cells is not None:
                weighted[row] += cells.means / cells.variances
                total[row] += 1 / cells.variances
    with np.errstate(divide="ignore"):
        return weighted / np.where(total, total, 1.0), 1 / total


def estimate_draws(
    cells: DrawnCells, names: Sequence[str], prior: Array | None = None
) -> DrawnEstimates:
    """Return what the estimator says that sees the sources of these names."""
    rows = [n for n, source in enumerate(cells.sources) if source.name in names]
    z = cells.z[:, rows]
    scores = score_parts(z, prior).parts  # (D, P)
    published = np.any(cells.variances[:, rows] < np.inf, axis=2).sum(axis=1)  # (D,)
    limits = np.array([np.inf, *(find_threshold(n, z.shape[2]) for n in range(1, len(rows) + 1))])
    unusual = scores > limits[published][:, None]
    places = np.arange(len(z)), cells.parts
    return DrawnEstimates(
        top1=chance_of_place(scores, cells.parts, 1),
        top3=chance_of_place(scores, cells.parts, 3),
        alarm=unusual.any(axis=1),
        found=unusual[places],
        covered=_measure_coverage(cells, rows),
    )


def chance_of_place(scores: Array, parts: NDArray[np.int64], places: int) -> Array:
    """Return the chance (D,) that a part is among the first `places`, equals in random order."""
    ours = scores[np.arange(len(scores)), parts][:, None]
    above, equal = (scores > ours).sum(axis=1), (scores == ours).sum(axis=1)
    return np.asarray(np.clip((places - above) / equal, 0.0, 1.0))


def _measure_coverage(cells: DrawnCells, rows: Sequence[int]) -> Array:
    variances = cells.variances[:, rows]
    known = np.any(variances < np.inf, axis=(1, 2))
    found = np.full(len(variances), np.nan)
    shown = variances[known]
    index, errors = measure_index(cells.means[known][:, rows], shown)
    truth, _ = measure_index(cells.truth[known][:, rows], shown)
    found[known] = (np.abs(index - truth) <= Z80 * errors).mean(axis=1)
    return found


def shuffle_parts(cells: DrawnCells, seed: int) -> DrawnCells:
    """Return the same cells with the parts' labels shuffled in each draw: the control."""
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.tile(np.arange(cells.means.shape[2]), (len(cells.means), 1)), axis=1)
    means, variances, truth = (
        np.take_along_axis(each, order[:, None, :], axis=2)
        for each in (cells.means, cells.variances, cells.truth)
    )
    return DrawnCells(cells.films, cells.parts, cells.sources, means, variances, truth)
