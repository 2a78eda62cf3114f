"""Rows of `benchmark kt`: every knowledge tracer, fitted and evaluated the same way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from emotion.knowledge.tracers.simple_kt import AktTracer, AttentiveTracer

Array = NDArray[np.float64]

FOLDS: Final = 5
DRAWS: Final = 300
GRID: Final = (0.1, 0.3, 1.0)
BEST: Final = "hybrid"
# A cold start: so many answers of a learner.
FIRST: Final = 5

# Name -> seed -> an unfitted model.
MODELS: Final[Mapping[str, Callable[[int], Any]]] = {
    "bkt": lambda _: BKT(),
    "bkt_forgets": lambda _: BKT(forgets=True),
    "pfa": lambda _: PFA(),
    "best_lr": lambda _: BestLR(),
    "elo": lambda _: EloStates(),
    "attentive": lambda seed: AttentiveTracer(random_state=seed),
    "akt": lambda seed: AktTracer(layers=1, random_state=seed),
    "hybrid": lambda seed: HybridTracer(random_state=seed),
}


@dataclass(frozen=True, slots=True)
class TracedModel:
    """A model's probabilities (N,) of right answers, for held-out learners.

    Attributes
    ----------
    correct : (N,) bool
    users : (N,)
    is_early, is_new : (N,) bool
        Among a learner's first `FIRST` answers; of an item that no training learner answered.
    chosen : sequence of float
        C of each fit; empty if there is none to choose.
    seconds : float
        CPU time, all fits together.
    """

    name: str
    chance: Array
    correct: NDArray[np.bool_]
    users: NDArray[np.int64]
    is_early: NDArray[np.bool_]
    is_new: NDArray[np.bool_]
    chosen: Sequence[float]
    seconds: float


def trace(
    name: str, train: ResponseLog, test: ResponseLog | None, seed: int, turns: int = FOLDS
) -> TracedModel:
    """Fit on `train` and predict `test`, or hold out each fifth of the learners in turn.

    With fewer `turns`, only the learners of the first ones are judged. It uses one thread, so that
    the CPU seconds measure work and not waiting.
    """
    with threadpool_limits(1):
        return (
            _trace_split(name, train, test, seed)
            if test is not None
            else _trace_folds(name, train, seed, turns)
        )


def make_rows(traced: Sequence[TracedModel], seed: int) -> list[dict[str, object]]:
    """Return each model's figures, with the hybrid's gain over it if the hybrid was run."""
    areas = {each.name: _draw_areas(each, seed) for each in traced}
    return [_make_row(each, areas[each.name], areas.get(BEST), seed) for each in traced]


def make_cold_start_rows(traced: Sequence[TracedModel], seed: int) -> list[dict[str, object]]:
    """Return each model's area over a learner's first answers, and over items new to it."""
    return [
        row
        for cut in ("is_early", "is_new")
        for row in _make_cut_rows([_take(each, getattr(each, cut)) for each in traced], cut, seed)
    ]


def _make_cut_rows(
    traced: Sequence[TracedModel], cut: str, seed: int
) -> Iterator[dict[str, object]]:
    """Yield each model's area over the answers of one cut, if both kinds of answer are there."""
    name = {"is_early": f"first {FIRST} answers", "is_new": "new questions"}[cut]
    areas = {
        each.name: _draw_areas(each, seed) for each in traced if len(np.unique(each.correct)) == 2
    }
    for each in traced:
        if each.name in areas:
            row: dict[str, object] = {"cold_start": name, "model": each.name}
            row |= {"auc": _interval(areas[each.name]), "answers": len(each.chance)}
            if BEST in areas and each.name != BEST:
                row["hybrid_gain"] = _interval(areas[BEST] - areas[each.name])
            yield row


def _take(traced: TracedModel, rows: NDArray[np.bool_]) -> TracedModel:
    return replace(
        traced,
        chance=traced.chance[rows],
        correct=traced.correct[rows],
        users=traced.users[rows],
        is_early=traced.is_early[rows],
        is_new=traced.is_new[rows],
    )


def _trace_folds(name: str, train: ResponseLog, seed: int, turns: int) -> TracedModel:
    folds = list(iterate_folds(train.users, FOLDS, rng=np.random.default_rng(seed)))[:turns]
    parts = [
        _trace_split(name, train.take(fitted), train.take(judged), seed) for fitted, judged in folds
    ]
    # The rows in the order of the log.
    order = np.argsort(np.concatenate([np.sort(judged) for _, judged in folds]), kind="stable")

    def join(column: str) -> NDArray[Any]:
        found: NDArray[Any] = np.concatenate([getattr(part, column) for part in parts])[order]
        return found

    return TracedModel(
        name,
        join("chance"),
        join("correct"),
        join("users"),
        join("is_early"),
        join("is_new"),
        [c for part in parts for c in part.chosen],
        sum(part.seconds for part in parts),
    )


def _trace_split(name: str, train: ResponseLog, test: ResponseLog, seed: int) -> TracedModel:
    began, model, chosen = time.process_time(), MODELS[name](seed), list[float]()
    if isinstance(model, LogRegression):
        chosen = [best_c(model, train, GRID, rng=np.random.default_rng(seed + 1))]
        model.set_params(C=chosen[0])
    chance = model.fit(train).predict_proba(test)[:, 1]
    seconds = time.process_time() - began
    return TracedModel(
        name,
        chance,
        test.correct == 1,
        test.users,
        find_early(test.users),
        ~np.isin(test.items, train.items),
        chosen,
        seconds,
    )


def find_early(users: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which answers (N,) are among the learner's first `FIRST`, in the order of the rows."""
    order = np.argsort(users, kind="stable")
    begins = np.flatnonzero(np.diff(users[order], prepend=-1))
    place = np.arange(len(users)) - np.repeat(begins, np.diff(begins, append=len(users)))
    early = np.empty(len(users), np.bool_)
    early[order] = place < FIRST
    return early


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
