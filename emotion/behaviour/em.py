"""Expectation maximisation for hidden Markov models of any family; NaN carries no information.

L. Rabiner, "A tutorial on hidden Markov models", Proceedings of the IEEE 77 (1989), equations 19-40
with the scaling of section V.A. Here all sequences take a step at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.behaviour.emissions import Family
from emotion.behaviour.hmm import HiddenMarkovModel

Array = NDArray[np.float64]

# (rows, k, rng) -> initial distributions of k states.
InitialDraw = Callable[[Array, int, np.random.Generator], Family]

# Assumed: prior weight, in steps, of every start and of every transition.
WEIGHT: Final = 0.5
# It has converged when an iteration gains less log-likelihood per observation than this.
CONVERGED: Final = 1e-5


@dataclass(frozen=True, slots=True)
class Sequences:
    """Observed sequences: all first steps together, then all second ones, and so on.

    Attributes
    ----------
    observed : (N, F)
        Within a step, the longest sequence first.
    steps : T slices
        The rows of each step; a row's sequence has the same place in every step it reaches.
    order : (S,)
        Index of the given sequence at each place.
    """

    observed: Array
    steps: tuple[slice, ...]
    order: NDArray[np.int64]

    @property
    def continued_rows(self) -> NDArray[np.int64]:
        """Return the rows whose sequence has a next step, in the order of those next rows."""
        pairs = zip(self.steps, self.steps[1:], strict=False)
        each = [np.arange(now.start, now.start + _length(then)) for now, then in pairs]
        return np.concatenate([np.zeros(0, np.int64), *each])


def stack(sequences: Sequence[Array]) -> Sequences:
    """Stack sequences (T_i, F), each of at least one step, for learning."""
    order = np.argsort([-len(each) for each in sequences], kind="stable")
    longest = [sequences[row] for row in order]
    parts = [
        np.stack([each[at] for each in longest if len(each) > at]) for at in range(len(longest[0]))
    ]
    ends = np.cumsum([len(part) for part in parts]).tolist()
    return Sequences(np.concatenate(parts), tuple(map(slice, [0, *ends[:-1]], ends)), order)


def fit(
    seen: Sequences,
    k: int,
    drawn: InitialDraw,
    *,
    starts: int,
    iterations: int,
    rng: np.random.Generator,
) -> HiddenMarkovModel:
    """Return the most likely model of k states from several starts; its states are unnamed."""
    found = []
    for _ in range(starts):
        moves = rng.dirichlet(np.ones(k), k) + 2.0 * np.eye(k)
        moves /= moves.sum(axis=1, keepdims=True)
        begun = HiddenMarkovModel(
            ("",) * k, np.full(k, 1.0 / k), moves, drawn(seen.observed, k, rng)
        )
        found.append(refit(begun, seen, iterations=iterations))
    return max(found, key=lambda one: one[1])[0]


def refit(
    begun: HiddenMarkovModel, seen: Sequences, *, iterations: int
) -> tuple[HiddenMarkovModel, float]:
    """Continue from a model; return the better one, and the log-likelihood before its last step.

    Its states keep their places and names: see `emotion.behaviour.state_names.align_states`.
    """
    model, before = begun, -np.inf
    for _ in range(iterations):
        model, likelihood = _maximise(model, seen)
        if likelihood - before < CONVERGED * len(seen.observed):
            break
        before = likelihood
    return model, likelihood


def log_likelihoods(model: HiddenMarkovModel, seen: Sequences) -> Array:
    """Return (S,) log P of each given sequence, as `hmm.log_likelihood` computes it."""
    density = model.family.log_density(seen.observed)
    most = density.max(axis=1)
    _, scale = _forward(model, np.exp(density - most[:, None]), seen.steps)
    by_place = np.zeros(len(seen.order))
    for rows in seen.steps:
        by_place[: _length(rows)] += (np.log(scale) + most)[rows]
    found = np.empty(len(by_place))
    found[seen.order] = by_place
    return found


def _maximise(model: HiddenMarkovModel, seen: Sequences) -> tuple[HiddenMarkovModel, float]:
    density = model.family.log_density(seen.observed)  # (N, k)
    most = density.max(axis=1)
    shown = np.exp(density - most[:, None])
    ahead, scale = _forward(model, shown, seen.steps)
    behind = _backward(model, shown / scale[:, None], seen.steps)
    state = ahead * behind
    weighed = (shown * behind / scale[:, None])[_length(seen.steps[0]) :]
    moves = model.moves * (ahead[seen.continued_rows].T @ weighed) + WEIGHT
    start = state[seen.steps[0]].sum(axis=0) + WEIGHT
    better = HiddenMarkovModel(
        model.names,
        start / start.sum(),
        moves / moves.sum(axis=1, keepdims=True),
        model.family.maximise(seen.observed, state),
    )
    return better, float(np.log(scale).sum() + most.sum())


def _forward(
    model: HiddenMarkovModel, shown: Array, steps: tuple[slice, ...]
) -> tuple[Array, Array]:
    """Return (N, k) probabilities given all steps so far, and (N,) their sums before scaling."""
    ahead, scale, last = np.empty(shown.shape), np.empty(len(shown)), np.zeros((0, 0))
    for at, rows in enumerate(steps):
        expected = last[: _length(rows)] @ model.moves if at else model.start
        joint = expected * shown[rows]
        scale[rows] = joint.sum(axis=1)
        last = joint / scale[rows, None]
        ahead[rows] = last
    return ahead, scale


def _backward(model: HiddenMarkovModel, scaled: Array, steps: tuple[slice, ...]) -> Array:
    """Return (N, k): likelihood of the later steps given the state, relative to the expected
    one.
    """
    behind = np.ones(scaled.shape)
    for now, then in zip(steps[-2::-1], steps[:0:-1], strict=True):
        came = slice(now.start, now.start + _length(then))
        behind[came] = (behind[then] * scaled[then]) @ model.moves.T
    return behind


def _length(rows: slice) -> int:
    return int(rows.stop - rows.start)
