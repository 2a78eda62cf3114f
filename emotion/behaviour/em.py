"""Learn a hidden Markov model by expectation maximisation, whichever its family; NaN says nothing.

L. Rabiner, "A tutorial on hidden Markov models", Proceedings of the IEEE 77 (1989), equations 19-40
with the scaling of section V.A; here all sequences take a step at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.behaviour.emissions import Family
from emotion.behaviour.hmm import Model

Array = NDArray[np.float64]

# (rows, k, rng) -> k states to begin with.
Drawn = Callable[[Array, int, np.random.Generator], Family]

# Assumed: weight, in steps, of every start and of every move alike.
WEIGHT: Final = 0.5
# It has settled where an iteration gains less log-likelihood an observation than this.
SETTLED: Final = 1e-5


@dataclass(frozen=True, slots=True)
class Sequences:
    """Observed sequences, all first steps together, then all second ones, and so on.

    Attributes
    ----------
    observed : (N, F)
        Within a step, the longest sequence first.
    steps : T slices
        The rows of each step; a row's sequence has the same place in every step it reaches.
    order : (S,)
        Which of the sequences told stands at each place.
    """

    observed: Array
    steps: tuple[slice, ...]
    order: NDArray[np.int64]

    @property
    def followed(self) -> NDArray[np.int64]:
        """Return the rows that another step of their sequence follows, in the order of those."""
        pairs = zip(self.steps, self.steps[1:], strict=False)
        each = [np.arange(now.start, now.start + _many(then)) for now, then in pairs]
        return np.concatenate([np.zeros(0, np.int64), *each])


def side_by_side(sequences: Sequence[Array]) -> Sequences:
    """Return sequences (T_i, F), each of at least one step, ready to learn from."""
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
    drawn: Drawn,
    *,
    starts: int,
    iterations: int,
    rng: np.random.Generator,
) -> Model:
    """Return the likeliest model of k states of several starts, its states not named yet."""
    found = []
    for _ in range(starts):
        moves = rng.dirichlet(np.ones(k), k) + 2.0 * np.eye(k)
        moves /= moves.sum(axis=1, keepdims=True)
        begun = Model(("",) * k, np.full(k, 1.0 / k), moves, drawn(seen.observed, k, rng))
        found.append(refit(begun, seen, iterations=iterations))
    return max(found, key=lambda one: one[1])[0]


def refit(begun: Model, seen: Sequences, *, iterations: int) -> tuple[Model, float]:
    """Go on from a model; return the better one and the log-likelihood it began its last step with.

    Its states keep their places and names: see `emotion.behaviour.state_names.aligned`.
    """
    model, before = begun, -np.inf
    for _ in range(iterations):
        model, likelihood = _maximised(model, seen)
        if likelihood - before < SETTLED * len(seen.observed):
            break
        before = likelihood
    return model, likelihood


def log_likelihoods(model: Model, seen: Sequences) -> Array:
    """Return (S,) log P of each sequence told, as `hmm.log_likelihood` has it."""
    density = model.family.log_density(seen.observed)
    most = density.max(axis=1)
    _, scale = _forward(model, np.exp(density - most[:, None]), seen.steps)
    by_place = np.zeros(len(seen.order))
    for rows in seen.steps:
        by_place[: _many(rows)] += (np.log(scale) + most)[rows]
    found = np.empty(len(by_place))
    found[seen.order] = by_place
    return found


def _maximised(model: Model, seen: Sequences) -> tuple[Model, float]:
    density = model.family.log_density(seen.observed)  # (N, k)
    most = density.max(axis=1)
    shown = np.exp(density - most[:, None])
    ahead, scale = _forward(model, shown, seen.steps)
    behind = _backward(model, shown / scale[:, None], seen.steps)
    state = ahead * behind
    weighed = (shown * behind / scale[:, None])[_many(seen.steps[0]) :]
    moves = model.moves * (ahead[seen.followed].T @ weighed) + WEIGHT
    start = state[seen.steps[0]].sum(axis=0) + WEIGHT
    better = Model(
        model.names,
        start / start.sum(),
        moves / moves.sum(axis=1, keepdims=True),
        model.family.learned(seen.observed, state),
    )
    return better, float(np.log(scale).sum() + most.sum())


def _forward(model: Model, shown: Array, steps: tuple[slice, ...]) -> tuple[Array, Array]:
    """Return (N, k) chances given what came so far, and (N,) what they summed to before."""
    ahead, scale, last = np.empty(shown.shape), np.empty(len(shown)), np.zeros((0, 0))
    for at, rows in enumerate(steps):
        expected = last[: _many(rows)] @ model.moves if at else model.start
        joint = expected * shown[rows]
        scale[rows] = joint.sum(axis=1)
        last = joint / scale[rows, None]
        ahead[rows] = last
    return ahead, scale


def _backward(model: Model, scaled: Array, steps: tuple[slice, ...]) -> Array:
    """Return (N, k): what comes later, given the state, over what it was expected to be."""
    behind = np.ones(scaled.shape)
    for now, then in zip(steps[-2::-1], steps[:0:-1], strict=True):
        came = slice(now.start, now.start + _many(then))
        behind[came] = (behind[then] * scaled[then]) @ model.moves.T
    return behind


def _many(rows: slice) -> int:
    return int(rows.stop - rows.start)
