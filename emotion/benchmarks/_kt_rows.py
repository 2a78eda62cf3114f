"""Rows of `benchmark kt`: every knowledge tracer, fitted and evaluated the same way."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from emotion.evaluation.metrics.classification import draw_people, score
from emotion.evaluation.metrics.probability import auroc_of_draws, event_calibration_error
from emotion.evaluation.splits import iterate_folds
from emotion.knowledge.logs.response_log import ResponseLog
from emotion.knowledge.tracers.best_lr import BestLR
from emotion.knowledge.tracers.bkt import BKT
from emotion.knowledge.tracers.elo_states import EloStates
from emotion.knowledge.tracers.hybrid import HybridTracer
from emotion.knowledge.tracers.logistic_regression import LogRegression, best_c
from emotion.knowledge.tracers.pfa import PFA
from emotion.knowledge.tracers.simple_kt import AttentiveTracer

Array = NDArray[np.float64]

FOLDS: Final = 5
DRAWS: Final = 300
GRID: Final = (0.1, 0.3, 1.0)
BEST: Final = "hybrid"

# Name -> seed -> an unfitted model.
MODELS: Final[Mapping[str, Callable[[int], Any]]] = {
    "bkt": lambda _: BKT(),
    "bkt_forgets": lambda _: BKT(forgets=True),
    "pfa": lambda _: PFA(),
    "best_lr": lambda _: BestLR(),
    "elo": lambda _: EloStates(),
    "attentive": lambda seed: AttentiveTracer(random_state=seed),
    "hybrid": lambda seed: HybridTracer(random_state=seed),
}


@dataclass(frozen=True, slots=True)
class TracedModel:
    """A model's probabilities (N,) of right answers, for held-out learners.

    Attributes
    ----------
    correct : (N,) bool
    users : (N,)
    chosen : sequence of float
        C of each fit; empty if there is none to choose.
    seconds : float
        CPU time, all fits together.
    """

    name: str
    chance: Array
    correct: NDArray[np.bool_]
    users: NDArray[np.int64]
    chosen: Sequence[float]
    seconds: float


def trace(name: str, train: ResponseLog, test: ResponseLog | None, seed: int) -> TracedModel:
    """Fit on `train` and predict `test`, or hold out each fifth of the learners in turn.

    It uses one thread, so that the CPU seconds measure work and not waiting.
    """
    with threadpool_limits(1):
        return (
            _trace_split(name, train, test, seed)
            if test is not None
            else _trace_folds(name, train, seed)
        )


def make_rows(traced: Sequence[TracedModel], seed: int) -> list[dict[str, object]]:
    """Return each model's figures, with the hybrid's gain over it if the hybrid was run."""
    areas = {each.name: _draw_areas(each, seed) for each in traced}
    return [_make_row(each, areas[each.name], areas.get(BEST), seed) for each in traced]


def _trace_folds(name: str, train: ResponseLog, seed: int) -> TracedModel:
    chance = np.empty(len(train))
    parts = []
    for fitted, judged in iterate_folds(train.users, FOLDS, rng=np.random.default_rng(seed)):
        parts.append(_trace_split(name, train.take(fitted), train.take(judged), seed))
        chance[np.sort(judged)] = parts[-1].chance
    whole = TracedModel(name, chance, train.correct == 1, train.users, [], 0.0)
    return replace(
        whole,
        chosen=[c for part in parts for c in part.chosen],
        seconds=sum(part.seconds for part in parts),
    )


def _trace_split(name: str, train: ResponseLog, test: ResponseLog, seed: int) -> TracedModel:
    began, model, chosen = time.process_time(), MODELS[name](seed), list[float]()
    if isinstance(model, LogRegression):
        chosen = [best_c(model, train, GRID, rng=np.random.default_rng(seed + 1))]
        model.set_params(C=chosen[0])
    chance = model.fit(train).predict_proba(test)[:, 1]
    seconds = time.process_time() - began
    return TracedModel(name, chance, test.correct == 1, test.users, chosen, seconds)


def _draw_areas(traced: TracedModel, seed: int) -> Array:
    """Return (1 + draws,): the area itself, then for each bootstrap draw of learners."""
    people = len(np.unique(traced.users))
    drawn = draw_people(people, DRAWS, np.random.default_rng(seed))
    weights = np.concatenate([np.ones((1, people)), drawn])
    return auroc_of_draws(traced.chance, traced.correct, traced.users, weights)


def _make_row(
    traced: TracedModel, areas: Array, best: Array | None, seed: int
) -> dict[str, object]:
    row: dict[str, object] = {"model": traced.name, "auc": _interval(areas)}
    rng = np.random.default_rng(seed)
    error = event_calibration_error(traced.chance, traced.correct, traced.users, rng=rng)
    row |= {"ece": [error.value, error.lo, error.hi], "log_loss": _measure_loss(traced, seed)}
    if best is not None and traced.name != BEST:
        row["hybrid_gain"] = _interval(best - areas)
    return row | {"seconds": traced.seconds, "C": list(traced.chosen)}


def _measure_loss(traced: TracedModel, seed: int) -> list[float]:
    own = np.where(traced.correct, traced.chance, 1.0 - traced.chance)
    _, who = np.unique(traced.users, return_inverse=True)
    loss = -np.log(np.maximum(own, 1e-12))
    sums = np.stack([np.bincount(who, loss), np.bincount(who)], axis=1).astype(np.float64)
    found = score(
        lambda c: np.asarray(c[..., 0] / np.maximum(c[..., 1], 1)),
        sums,
        rng=np.random.default_rng(seed),
    )
    return [found.value, found.lo, found.hi]


def _interval(values: Array) -> list[float]:
    """Return [value, low, high] of the value and its bootstrap draws."""
    return [float(values[0]), *np.quantile(values[1:], [0.025, 0.975]).tolist()]
