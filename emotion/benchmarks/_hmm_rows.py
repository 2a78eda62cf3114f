"""Rows of `benchmark hmm`: every model of the next event, fitted and evaluated the same way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from emotion.behaviour.next_event import HiddenMarkovEvents, HybridEvents, MarkovChain, NextEvent
from emotion.behaviour.video_log import Events
from emotion.evaluation.metrics.classification import DRAWS, draw_people
from emotion.evaluation.splits import iterate_folds

Array = NDArray[np.float64]
Row = dict[str, object]

COUNTS: Final = tuple(range(2, 9))
BEST: Final = "hybrid"
# Perplexity of the reference's four-state model, and the same relative to its unigram's.
REFERENCE: Final = (4.04, 4.04 / 4.78)


@dataclass(frozen=True, slots=True)
class EventLikelihoods:
    """A model's log-likelihood of each held-out learner's events.

    Attributes
    ----------
    log_chance : (people,)
        Summed over the learner's events.
    states : list of int
        Chosen in each fold; empty if there was nothing to choose.
    seconds : float
        CPU time, all folds together.
    """

    log_chance: Array
    states: list[int]
    seconds: float


def evaluate_models(
    learners: Sequence[Events], count: int, seed: int, say: Callable[[str], None]
) -> Mapping[str, EventLikelihoods]:
    """Return each model's result, with every learner held out once; on one thread."""
    found: dict[str, EventLikelihoods] = {}
    people = np.arange(len(learners))
    with threadpool_limits(1):
        split = iterate_folds(people, count, rng=np.random.default_rng(seed))
        for number, (train, test) in enumerate(split, 1):
            say(f"fold {number} of {count}")
            others = [learners[row] for row in train]
            for name, model, states, chosen_s in _fit_models(others, seed):
                told = found.setdefault(name, EventLikelihoods(np.zeros(len(people)), [], 0.0))
                began = time.process_time()
                told.log_chance[test] = [_log_chance(model, learners[row]) for row in test]
                seconds = told.seconds + chosen_s + time.process_time() - began
                found[name] = EventLikelihoods(told.log_chance, [*told.states, *states], seconds)
    return found


def make_rows(
    told: Mapping[str, EventLikelihoods], learners: Sequence[Events], seed: int
) -> list[Row]:
    """Return each model's figures, the best one compared with the reference, and the log's day
    order.
    """
    events = np.array([len(each.kind) for each in learners], np.float64)
    drawn = draw_people(len(learners), DRAWS, np.random.default_rng(seed))
    weights = np.concatenate([np.ones((1, len(learners))), drawn])
    found = {name: np.exp(-(weights @ each.log_chance) / (weights @ events))
             for name, each in told.items()}  # fmt: skip
    made = [_make_row(name, each, found) for name, each in told.items()]
    return [*made, _make_goal(found), _check_day_order(learners)]


def _fit_models(
    learners: Sequence[Events], seed: int
) -> Iterator[tuple[str, NextEvent, list[int], float]]:
    """Yield name, model, the number of states if it was chosen, and CPU seconds."""
    for order, name in enumerate(("unigram", "markov1", "markov2", "markov3")):
        yield _fit_timed(name, MarkovChain(order), learners)
    for k in COUNTS:
        yield _fit_timed(f"hmm{k}", HiddenMarkovEvents((k,), seed), learners)
    hidden = HiddenMarkovEvents(COUNTS, seed)
    name, model, _, seconds = _fit_timed("hmm", hidden, learners)
    chosen = [hidden.choice.k]
    yield name, model, chosen, seconds
    name, model, _, own = _fit_timed(BEST, HybridEvents(chosen[0], seed), learners)
    yield name, model, chosen, seconds + own


def _fit_timed(
    name: str, model: NextEvent, learners: Sequence[Events]
) -> tuple[str, NextEvent, list[int], float]:
    began = time.process_time()
    return name, model.fit(learners), [], time.process_time() - began


def _log_chance(model: NextEvent, learner: Events) -> float:
    chances = model.chances(learner)
    return float(np.log(chances[np.arange(len(learner.kind)), learner.kind]).sum())


def _make_row(name: str, told: EventLikelihoods, found: Mapping[str, Array]) -> Row:
    row: Row = {"model": name, **_figures(found[name], found["unigram"])}
    return row | {"seconds": told.seconds, "states": told.states}


def _make_goal(found: Mapping[str, Array]) -> Row:
    return {
        "goal": f"{BEST} below the reference",
        "at_most": REFERENCE[0],
        "of_unigram_at_most": REFERENCE[1],
        **_figures(found[BEST], found["unigram"]),
        "of_hmm4": _interval(found[BEST] / found["hmm4"]),
    }


def _figures(values: Array, unigram: Array) -> Row:
    return {"perplexity": _interval(values), "of_unigram": _interval(values / unigram)}


def _interval(values: Array) -> list[float]:
    """Return [value, low, high] of the value and its bootstrap draws."""
    return [float(values[0]), *np.quantile(values[1:], [0.025, 0.975]).tolist()]


def _check_day_order(learners: Sequence[Events]) -> Row:
    """Return how often the video's position does not go back within a session, in two orders.

    If the time of day orders a session better than the timestamp, the timestamps' days were
    randomised when the log was anonymised. The predicted order is then partly random.
    """
    on: dict[str, list[bool]] = {"by_stamp": [], "by_time_of_day": []}
    for each in learners:
        for session in range(int(each.session.max()) + 1):
            own = np.flatnonzero((each.session == session) & ~np.isnan(each.position))
            by_clock = own[np.argsort(each.at[own] % 86400.0, kind="stable")]
            for name, order in zip(on, (own, by_clock), strict=True):
                on[name] += (np.diff(each.position[order]) >= 0).tolist()
    return {"check": "position does not go back in a session",
            **{name: float(np.mean(went)) for name, went in on.items()}}  # fmt: skip
