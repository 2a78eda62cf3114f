"""What a learner does next, from what that learner did before: each model one way to say chances.

A model learns from other learners; at a learner's event it has met the events before it alone, and
neither when, in which session nor on which video the next one comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from emotion.behaviour.em import fit, side_by_side
from emotion.behaviour.emissions import Categorical
from emotion.behaviour.event_history import MARKS, history
from emotion.behaviour.hmm import Model
from emotion.behaviour.model_selection import Choice, choose
from emotion.behaviour.video_log import EVENTS, Events

Array = NDArray[np.float64]

SYMBOLS: Final = len(EVENTS)
# Assumed: weight, in events, of the shorter history's chances in the longer one's.
WEIGHT: Final = 5.0
STARTS: Final = 2
ITERATIONS: Final = 150


class NextEvent(Protocol):
    """A model of the next event."""

    def fit(self, learners: Sequence[Events]) -> Self:
        """Learn from whole logs of learners."""

    def chances(self, learner: Events) -> Array:
        """Return (T, SYMBOLS): before each event of a learner, the chance of each."""


class Markov:
    """A Markov chain of an order, each history's chances drawn towards those of a shorter one.

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
        return np.stack([self._of(past) for past in self._pasts(learner)])

    def _pasts(self, learner: Events) -> list[tuple[int, ...]]:
        """Return the events before each, the latest first; -1 is the start."""
        kinds = [*[-1] * self.order, *learner.kind.tolist()]
        return [tuple(kinds[at : at + self.order][::-1]) for at in range(len(learner.kind))]

    def _of(self, past: tuple[int, ...]) -> Array:
        shares = np.full(SYMBOLS, 1.0 / SYMBOLS)
        for length in range(len(past) + 1):
            counts = self._counts.get(past[:length])
            if counts is None:
                break
            shares = (counts + WEIGHT * shares) / (counts.sum() + WEIGHT)
        return shares


class Hidden:
    """A categorical hidden Markov model; its number of states may be left to `choose`."""

    def __init__(self, counts: Sequence[int], seed: int) -> None:
        self.counts = counts
        self.seed = seed

    def fit(self, learners: Sequence[Events]) -> Self:
        """Choose the number of states on learners left out of these, then learn from all."""
        told = [learner.kind[:, None].astype(np.float64) for learner in learners]
        rng = np.random.default_rng(self.seed)
        only = Choice(self.counts[0], {})
        self.choice = (
            only if len(self.counts) == 1 else choose(told, self.counts, self._fit, rng=rng)
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

    def _fit(self, told: Sequence[Array], k: int) -> Model:
        return fit(
            side_by_side(told),
            k,
            partial(Categorical.drawn, symbols=SYMBOLS),
            starts=STARTS,
            iterations=ITERATIONS,
            rng=np.random.default_rng((self.seed, k)),
        )


class Hybrid:
    """Boosted trees over a learner's history and what the hidden Markov model expects."""

    def __init__(self, k: int, seed: int) -> None:
        self.hidden = Hidden((k,), seed)
        self.seed = seed

    def fit(self, learners: Sequence[Events]) -> Self:
        """Learn both from the same learners."""
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
        """Return (T, SYMBOLS); an event that no learner showed keeps the hidden model's chance."""
        found = self.hidden.chances(learner)
        known = self.trees.classes_
        found[:, known] = self.trees.predict_proba(self._rows(learner))
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    def _rows(self, learner: Events) -> Array:
        return np.hstack([history(learner), np.log(self.hidden.chances(learner))])
