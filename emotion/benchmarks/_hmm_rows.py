"""The rows of `benchmark hmm`: every model of the next event, fitted and judged the same way."""

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
# Perplexity of the reference's four-state model, and the same over its unigram's.
REFERENCE: Final = (4.04, 4.04 / 4.78)


@dataclass(frozen=True, slots=True)
class Told:
    """A model's log chances of what each learner did, by learners it had not met.

    Attributes
    ----------
    log_chance : (people,)
        Summed over the learner's events.
    states : list of int
        Chosen in each fold; empty where there was nothing to choose.
    seconds : float
        Of CPU, all folds together.
    """

    log_chance: Array
    states: list[int]
    seconds: float


def tell(
    learners: Sequence[Events], count: int, seed: int, say: Callable[[str], None]
) -> Mapping[str, Told]:
    """Return each model's, every learner left out once; on one thread."""
    found: dict[str, Told] = {}
    people = np.arange(len(learners))
    with threadpool_limits(1):
        split = iterate_folds(people, count, rng=np.random.default_rng(seed))
        for number, (train, test) in enumerate(split, 1):
            say(f"fold {number} of {count}")
            others = [learners[row] for row in train]
            for name, model, states, chosen_s in _fitted(others, seed):
                told = found.setdefault(name, Told(np.zeros(len(people)), [], 0.0))
                began = time.process_time()
                told.log_chance[test] = [_log_chance(model, learners[row]) for row in test]
                seconds = told.seconds + chosen_s + time.process_time() - began
                found[name] = Told(told.log_chance, [*told.states, *states], seconds)
    return found


def rows(told: Mapping[str, Told], learners: Sequence[Events], seed: int) -> list[Row]:
    """Return each model's figures, the best one's beside the reference's, and of the log's days."""
    events = np.array([len(each.kind) for each in learners], np.float64)
    drawn = draw_people(len(learners), DRAWS, np.random.default_rng(seed))
    weights = np.concatenate([np.ones((1, len(learners))), drawn])
    found = {name: np.exp(-(weights @ each.log_chance) / (weights @ events))
             for name, each in told.items()}  # fmt: skip
    made = [_row(name, each, found) for name, each in told.items()]
    return [*made, _goal(found), _days(learners)]


def _fitted(
    learners: Sequence[Events], seed: int
) -> Iterator[tuple[str, NextEvent, list[int], float]]:
    """Yield name, model, the number of states if it was chosen, and CPU seconds."""
    for order, name in enumerate(("unigram", "markov1", "markov2", "markov3")):
        yield _timed(name, MarkovChain(order), learners)
    for k in COUNTS:
        yield _timed(f"hmm{k}", HiddenMarkovEvents((k,), seed), learners)
    hidden = HiddenMarkovEvents(COUNTS, seed)
    name, model, _, seconds = _timed("hmm", hidden, learners)
    chosen = [hidden.choice.k]
    yield name, model, chosen, seconds
    name, model, _, own = _timed(BEST, HybridEvents(chosen[0], seed), learners)
    yield name, model, chosen, seconds + own


def _timed(
    name: str, model: NextEvent, learners: Sequence[Events]
) -> tuple[str, NextEvent, list[int], float]:
    began = time.process_time()
    return name, model.fit(learners), [], time.process_time() - began


def _log_chance(model: NextEvent, learner: Events) -> float:
    chances = model.chances(learner)
    return float(np.log(chances[np.arange(len(learner.kind)), learner.kind]).sum())


def _row(name: str, told: Told, found: Mapping[str, Array]) -> Row:
    row: Row = {"model": name, **_figures(found[name], found["unigram"])}
    return row | {"seconds": told.seconds, "states": told.states}


def _goal(found: Mapping[str, Array]) -> Row:
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
    """Return [value, low, high] of the value and what it was under each drawing."""
    return [float(values[0]), *np.quantile(values[1:], [0.025, 0.975]).tolist()]


def _days(learners: Sequence[Events]) -> Row:
    """Return how often the video's position does not go back within a session, by two orders.

    Where the time of day orders a session better than the stamp, the stamps' days were drawn when
    the log was made nameless; the order that is predicted is then partly chance.
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
