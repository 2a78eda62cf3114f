"""What hidden states are called: by what is done in them, and after a refit as they were before."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from emotion.behaviour.hmm import Model
from emotion.behaviour.observations import NAMES

Array = NDArray[np.float64]

DISENGAGED: Final = "disengaged"
STRUGGLING: Final = "struggling"
FOCUSED: Final = "focused"

AWAY: Final = ("switches", "idle_s")
TOIL: Final = ("clicks", "hints", "latency_ms")


def name_states(means: Array) -> list[str]:
    """Name k = 2 .. 4 states by their raw means (k, 6): never by their index, which is chance.

    Idle time and task switches together (each against the states' largest) tell who is disengaged:
    whose sum is nearer to the largest than to the smallest. Of the others, clicks, hints and typing
    latency together tell in the same way who is struggling; what is left is focused. Two states may
    bear one name: people who do the same at another pace.
    """
    if means.ndim != 2 or not 2 <= len(means) <= 4 or means.shape[1] != len(NAMES):
        raise ValueError(f"expected the raw means (2 to 4, {len(NAMES)}), got {means.shape}")
    share = means / np.maximum(means.max(axis=0), 1e-9)
    away, toil = (share[:, [*map(NAMES.index, part)]].sum(axis=1) for part in (AWAY, TOIL))
    names = np.full(len(means), FOCUSED, dtype=object)
    here = ~_large(away)
    names[~here] = DISENGAGED
    if here.sum() > 1:
        names[np.flatnonzero(here)[_large(toil[here])]] = STRUGGLING
    return [str(name) for name in names]


def _large(sums: Array) -> NDArray[np.bool_]:
    return np.asarray(sums > (sums.min() + sums.max()) / 2)


def ordered(model: Model, order: NDArray[np.int64], names: tuple[str, ...]) -> Model:
    """Return the model with its states in another order, under new names."""
    moves = model.moves[np.ix_(order, order)]
    return Model(names, model.start[order], moves, model.family.ordered(order))


def aligned(new: Model, old: Model) -> Model:
    """Return the new model with its states in the order of the old one's, and their names.

    Matched so that the Kullback-Leibler divergences of the pairs sum to the least (H. Kuhn, "The
    Hungarian method for the assignment problem", Naval Research Logistics Quarterly 2, 1955).

    Raises
    ------
    ValueError
        Where the two have different numbers of states: nothing says which one is new.
    """
    if len(new.start) != len(old.start):
        raise ValueError(f"expected {len(old.start)} states, got {len(new.start)}")
    _, order = linear_sum_assignment(old.family.divergence(new.family))
    return ordered(new, order, old.names)
