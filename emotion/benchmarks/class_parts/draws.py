"""Classes drawn from a pool, what is published of them, and what the estimator makes of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks.class_parts.contrasts import FilmContrasts
from emotion.lesson_parts.cells import (
    OPEN,
    Disclosure,
    SourceCells,
    add_cells,
    publish_actions,
    publish_sensing,
)
from emotion.lesson_parts.evidence import Array
from emotion.lesson_parts.pooling import PartEstimates, estimate_parts, rank_parts, read_means
from emotion.lesson_parts.sources import POOLED, SOURCES, Key
from emotion.simulate.planted_lesson import PARTS

# Which sources each estimator sees; on the axis "boring" there are no reports, so that actions are
# deeds alone.
ESTIMATORS: Final[Mapping[str, tuple[str, ...]]] = {
    "deeds": ("deeds",),
    "reports": ("reports",),
    "deeds and reports": ("actions",),
    "sensing": ("sensing",),
    "all": POOLED,
}
Cells = Mapping[Key, SourceCells | None]


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
        drawn with replacement anyway, as in the short form of the benchmark.
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
class DrawnClass:
    """One class: its film, the part of the plant, and its published cells by axis and source."""

    film: int
    part: int
    cells: Cells


@dataclass(frozen=True, slots=True, eq=False)
class DrawnEstimates:
    """What one estimator says of draws (D), NaN in the last three if nothing is published.

    Attributes
    ----------
    top1, top3 : (D,)
        Chance that the planted part is among the first, equals being in random order.
    alarm, found, wrong : (D,)
        Whether any part has a verdict, the planted one, or another.
    covered, covered_planted : (D,)
        Share of the parts whose 80 % interval has the truth, and whether the planted part's has.
    ranks : (D,)
        Share of the parts whose true rank is within the ranks that are said to be possible.
    """

    top1: Array
    top3: Array
    alarm: Array
    found: Array
    wrong: Array
    covered: Array
    covered_planted: Array
    ranks: Array


def draw_classes(
    films: Sequence[FilmContrasts], plan: ClassPlan, draws: int, seed: Sequence[int]
) -> list[DrawnClass]:
    """Draw classes, the films by turns, and publish their cells on both axes."""
    found = []
    for n in range(draws):
        film = films[n % len(films)]
        found.append(DrawnClass(n % len(films), film.part, _draw_cells(film, plan, (*seed, n))))
    return found


def _draw_cells(film: FilmContrasts, plan: ClassPlan, seed: Sequence[int]) -> Cells:
    """Return the cells of a class over its lessons; noise has a stream of its own."""
    people, noise = (np.random.default_rng([*seed, stream]) for stream in (1, 2))
    pool = len(next(iter(film.contrasts.values())))
    again = plan.again or plan.lessons * plan.learners > pool
    everyone = people.choice(pool, (plan.lessons, plan.learners), replace=again)
    total: dict[Key, SourceCells | None] = {}
    for there in everyone:
        sensed = there[: round(plan.consent * plan.learners)]
        for key, cells in _publish(film, there, sensed, noise, plan.disclosure).items():
            before = total.get(key)
            total[key] = cells if before is None else before
            if cells is not None and before is not None:
                total[key] = add_cells(before, cells)
    return total


def _publish(
    film: FilmContrasts,
    there: NDArray[np.int64],
    sensed: NDArray[np.int64],
    noise: np.random.Generator,
    rules: Disclosure,
) -> Cells:
    """Return what one lesson of a class publishes."""
    felt = [source for source in SOURCES if source.sensed]
    contrasts = [film.contrasts[source.axis, source.name][sensed] for source in felt]
    rows = publish_sensing(contrasts, felt, noise, rules)
    found: dict[Key, SourceCells | None] = {
        (source.axis, source.name): None if rows is None else rows[n]
        for n, source in enumerate(felt)
    }
    for source in SOURCES:
        if not source.sensed:
            key = source.axis, source.name
            found[key] = publish_actions(film.contrasts[key][there], source, rules)
    return found


def estimate_draws(
    classes: Sequence[DrawnClass],
    films: Sequence[FilmContrasts],
    axis: str,
    names: Sequence[str],
) -> DrawnEstimates:
    """Return what `estimate_parts` says on an axis from the sources of these names."""
    truths = [
        {key: np.nanmean(found, axis=0) for key, found in film.contrasts.items()} for film in films
    ]
    rows: list[tuple[float, ...]] = []
    for drawn in classes:
        cells = [drawn.cells[axis, name] for name in names]
        said = estimate_parts(cells)
        if said is None:
            rows.append((1 / PARTS, 3 / PARTS, 0.0, 0.0, 0.0, np.nan, np.nan, np.nan))
        else:
            truth = _weigh_truth(truths[drawn.film], axis, cells, said)
            rows.append(_judge(said, drawn.part, truth))
    return DrawnEstimates(*np.array(rows, np.float64).T)


def _weigh_truth(
    means: Mapping[Key, Array], axis: str, cells: Sequence[SourceCells | None], said: PartEstimates
) -> Array:
    """Return the index (P,) that the film's whole pool would have with the same weights."""
    return np.asarray(
        sum(
            weight * read_means(each.source, means[axis, each.source.name]) / each.source.size
            for weight, each in zip(said.weights, cells, strict=True)
            if each is not None
        )
    )


def _judge(said: PartEstimates, part: int, truth: Array) -> tuple[float, ...]:
    """Return one draw's values, in the order of `DrawnEstimates`."""
    covered = (said.low <= truth) & (truth <= said.high)
    ranks = rank_parts(truth)
    return (
        chance_of_place(said.index, part, 1),
        chance_of_place(said.index, part, 3),
        float(said.unusual.any()),
        float(said.unusual[part]),
        float(np.delete(said.unusual, part).any()),
        float(covered.mean()),
        float(covered[part]),
        float(((said.first <= ranks) & (ranks <= said.last)).mean()),
    )


def count_first(classes: Sequence[DrawnClass], axis: str, name: str) -> list[float]:
    """Return in which share of the classes each part is first by one source."""
    found = [estimate_parts([drawn.cells[axis, name]]) for drawn in classes]
    chances = [
        [chance_of_place(said.index, part, 1) for part in range(PARTS)]
        for said in found
        if said is not None
    ]
    return [round(float(each), 4) for each in np.mean(chances, axis=0)] if chances else []


def chance_of_place(index: Array, part: int, places: int) -> float:
    """Return the chance that a part is among the first `places`, equals in random order."""
    above, equal = (index > index[part]).sum(), (index == index[part]).sum()
    return float(np.clip((places - above) / equal, 0.0, 1.0))


def shuffle_parts(classes: Sequence[DrawnClass], seed: int) -> list[DrawnClass]:
    """Return the same classes with the plant said to be at a random part: the control."""
    rng = np.random.default_rng(seed)
    places = rng.integers(PARTS, size=len(classes)).tolist()
    return [
        DrawnClass(each.film, place, each.cells)
        for each, place in zip(classes, places, strict=True)
    ]
