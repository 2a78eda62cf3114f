"""Models of a learner's next event from the previous ones; each gives probabilities.

A model is trained on other learners. It sees the earlier events only, not the time, session or
video of the next one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from emotion.behaviour.em import fit, stack
from emotion.behaviour.emissions import Categorical
from emotion.behaviour.event_history import MARKS, make_history
from emotion.behaviour.hmm import HiddenMarkovModel
from emotion.behaviour.model_selection import StateCountChoice, choose_state_count
from emotion.behaviour.video_log import EVENTS, Events

Array = NDArray[np.float64]

SYMBOLS: Final = len(EVENTS)
# Assumed: weight, in events, of the shorter history's probabilities in the longer one's.
WEIGHT: Final = 5.0
STARTS: Final = 2
ITERATIONS: Final = 150


class NextEvent(Protocol):
    """A model of the next event."""

    def fit(self, learners: Sequence[Events]) -> Self:
        """Learn from complete logs of learners."""

    def chances(self, learner: Events) -> Array:
        """Return (T, SYMBOLS): before each event of a learner, the probability of each event."""


class MarkovChain:
    """A Markov chain of some order; each history's probabilities are shrunk to a shorter one's.

    Order 0 is the share of each event. D. MacKay, L. Peto, "A hierarchical Dirichlet language
    model", Natural Language Engineering 1 (1995).
    """

    def __init__(self, order: int) -> None:
        self.order = order

    def fit(self, learners: Sequence[Events]) -> Self:
        """Count what followed each history of at most `order` events."""
        self._counts: dict[tuple[int, ...], Array] = defaultdict(lambda: np.zeros(SYMBOLS))
        for learner in learners:
            for past, event in zip(self._pasts(learner), learner.kind, strict=True):
                for length in range(len(past) + 1):
                    self._counts[past[:length]][event] += 1
        self._counts.default_factory = None
        return self

    def chances(self, learner: Events) -> Array:
        """Return (T, SYMBOLS)."""
        return np.stack([self._predict_from(past) for past in self._pasts(learner)])

    def _pasts(self, learner: Events) -> list[tuple[int, ...]]:
        """Return the events before each event, the latest first; -1 is the start."""
        kinds = [*[-1] * self.order, *learner.kind.tolist()]
        return [tuple(kinds[at : at + self.order][::-1]) for at in range(len(learner.kind))]

    def _predict_from(self, past: tuple[int, ...]) -> Array:
        shares = np.full(SYMBOLS, 1.0 / SYMBOLS)
        for length in range(len(past) + 1):
            counts = self._counts.get(past[:length])
            if counts is None:
                break
            shares = (counts + WEIGHT * shares) / (counts.sum() + WEIGHT)
        return shares


class HiddenMarkovEvents:
    """A categorical hidden Markov model; a list of state counts is chosen from by `choose`."""

    def __init__(self, counts: Sequence[int], seed: int) -> None:
        self.counts = counts
        self.seed = seed

    def fit(self, learners: Sequence[Events]) -> Self:
        """Choose the number of states on held-out learners, then learn from all."""
        told = [learner.kind[:, None].astype(np.float64) for learner in learners]
        rng = np.random.default_rng(self.seed)
        only = StateCountChoice(self.counts[0], {})
        self.choice = (
            only
            if len(self.counts) == 1
            else choose_state_count(told, self.counts, self._fit, rng=rng)
        )
        self.model = self._fit(told, self.choice.k)
        return self

    def chances(self, learner: Events) -> Array:
        """Return (T, SYMBOLS)."""
        share = self.model.family.parts()["share"][:, 0]  # (k, SYMBOLS)
        found, expected = np.empty((len(learner.kind), SYMBOLS)), self.model.start
        for at, event in enumerate(learner.kind):
            found[at] = expected @ share
            seen = expected * share[:, event]
            expected = seen / seen.sum() @ self.model.moves
        return found

    def _fit(self, told: Sequence[Array], k: int) -> HiddenMarkovModel:
        return fit(
            stack(told),
            k,
            partial(Categorical.draw_initial, symbols=SYMBOLS),
            starts=STARTS,
            iterations=ITERATIONS,
            rng=np.random.default_rng((self.seed, k)),
        )


class HybridEvents:
    """Boosted trees on a learner's history and the hidden Markov model's expectation."""

    def __init__(self, k: int, seed: int) -> None:
        self.hidden = HiddenMarkovEvents((k,), seed)
        self.seed = seed

    def fit(self, learners: Sequence[Events]) -> Self:
        """Train both parts on the same learners."""
        self.hidden.fit(learners)
        self.trees = HistGradientBoostingClassifier(
            learning_rate=0.05,
            max_iter=150,
            max_leaf_nodes=10,
            min_samples_leaf=80,
            l2_regularization=5.0,
            categorical_features=list(range(MARKS)),
            random_state=self.seed,
        )
        rows = np.concatenate([self._rows(learner) for learner in learners])
        self.trees.fit(rows, np.concatenate([learner.kind for learner in learners]))
        return self

    def chances(self, learner: Events) -> Array:
        """Return (T, SYMBOLS); an event absent from training keeps the hidden model's
        probability.
        """
        found = self.hidden.chances(learner)
        known = self.trees.classes_
        found[:, known] = self.trees.predict_proba(self._rows(learner))
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    def _rows(self, learner: Events) -> Array:
        return np.hstack([make_history(learner), np.log(self.hidden.chances(learner))])
