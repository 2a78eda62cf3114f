"""Rows of `benchmark class`: rates with intervals over films, and goals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks.class_parts.contrasts import FilmContrasts
from emotion.benchmarks.class_parts.draws import (
    ESTIMATORS,
    ClassPlan,
    DrawnClass,
    DrawnEstimates,
    draw_classes,
    estimate_draws,
)
from emotion.lesson_parts.evidence import Array
from emotion.lesson_parts.sources import list_sources

RESAMPLES: Final = 2000
WITHOUT_SENSING: Final = "deeds and reports"
COVERAGE: Final = ("covered", "covered_planted", "ranks")
PLANTED: Final = ("top1", "top3", "found", "wrong", *COVERAGE)
NOTHING: Final = ("alarm", "covered", "ranks")
Row = dict[str, object]


def rate_over_films(values: Array, films: NDArray[np.int64]) -> list[float]:
    """Return the mean of draws (D,) and its 95 % interval, films drawn again as a whole.

    Draws without a value are left out; NaN if all are.
    """
    there = ~np.isnan(values)
    if not there.any():
        return [float("nan")] * 3
    known = np.unique(films)
    sums, counts = (
        np.array([weights[films == film].sum() for film in known])
        for weights in (np.where(there, values, 0.0), there.astype(np.float64))
    )
    drawn = np.random.default_rng(0).integers(len(known), size=(RESAMPLES, len(known)))
    means = sums[drawn].sum(axis=1) / np.maximum(counts[drawn].sum(axis=1), 1.0)
    low, high = np.quantile(means, (0.025, 0.975))
    return [round(float(each), 4) for each in (sums.sum() / counts.sum(), low, high)]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One world's draws: what each estimator says, without and with replacement of learners."""

    films: NDArray[np.int64]
    found: Mapping[str, DrawnEstimates]
    again: Mapping[str, DrawnEstimates]

    def rate(self, estimator: str, name: str) -> list[float]:
        """Return a figure's mean over draws, and its interval; coverage is of the second draws."""
        draws = self.again if name in COVERAGE else self.found
        if estimator not in draws:
            return [float("nan")] * 3
        return rate_over_films(getattr(draws[estimator], name), self.films)

    def gain(self, over: str) -> list[float]:
        """Return by how much "all" finds the plant first more often than another estimator."""
        other = self.found[over if over in self.found else WITHOUT_SENSING]
        return rate_over_films(self.found["all"].top1 - other.top1, self.films)


def measure(
    films: Sequence[FilmContrasts],
    axis: str,
    plan: ClassPlan,
    draws: int,
    seed: Sequence[int],
    *,
    coverage: bool = False,
) -> Measured:
    """Draw classes of a world, and for coverage again with replacement."""
    classes = draw_classes(films, plan, draws, seed)
    again: Mapping[str, DrawnEstimates] = {}
    if coverage:
        others = draw_classes(films, replace(plan, again=True), draws, seed)
        again = estimate_all(others, films, axis)
    which = np.array([each.film for each in classes])
    return Measured(which, estimate_all(classes, films, axis), again)


def list_rows(measured: Measured, told: Row, plan: ClassPlan) -> Iterator[Row]:
    """Yield each estimator's figures in one world."""
    hits = PLANTED if told["kind"] != "nothing" else NOTHING
    for name in measured.found:
        rates = {figure: measured.rate(name, figure) for figure in hits}
        yield {
            **told,
            "learners": plan.learners,
            "consent": plan.consent,
            "noise": plan.noise,
            "lessons": plan.lessons,
            "estimator": name,
            "draws": len(measured.films),
            **{name: None if np.isnan(rate[0]) else rate for name, rate in rates.items()},
        }


def estimate_all(
    classes: Sequence[DrawnClass], films: Sequence[FilmContrasts], axis: str
) -> Mapping[str, DrawnEstimates]:
    """Return what each estimator says that has a source on this axis."""
    known = {source.name for source in list_sources(axis)}
    return {
        name: estimate_draws(classes, films, axis, wanted)
        for name, wanted in ESTIMATORS.items()
        if known >= set(wanted)
    }


def state_goal(goal: str, figure: object, limit: str, *, met: bool) -> Row:
    """Return the row of a goal."""
    return {"goal": goal, "figure": figure, "limit": limit, "met": met}
