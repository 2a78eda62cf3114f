"""Names of hidden states: by the behaviour in them, and unchanged by a refit."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from emotion.behaviour.hmm import HiddenMarkovModel
from emotion.behaviour.observations import NAMES

Array = NDArray[np.float64]

DISENGAGED: Final = "disengaged"
STRUGGLING: Final = "struggling"
FOCUSED: Final = "focused"

AWAY: Final = ("switches", "idle_s")
TOIL: Final = ("clicks", "hints", "latency_ms")


def name_states(means: Array) -> list[str]:
    """Name k = 2 .. 4 states by their raw means (k, 6), never by their arbitrary index.

    Idle time plus task switches (each relative to the states' largest) identify disengaged states:
    their sum is nearer to the largest than to the smallest. Among the others, clicks, hints and
    typing latency identify struggling states in the same way; the rest are focused. Two states may
    share a name: the same behaviour at another pace.
    """
    if means.ndim != 2 or not 2 <= len(means) <= 4 or means.shape[1] != len(NAMES):
        raise ValueError(f"expected the raw means (2 to 4, {len(NAMES)}), got {means.shape}")
    share = means / np.maximum(means.max(axis=0), 1e-9)
    away, toil = (share[:, [*map(NAMES.index, part)]].sum(axis=1) for part in (AWAY, TOIL))
    names = np.full(len(means), FOCUSED, dtype=object)
    here = ~_is_large(away)
    names[~here] = DISENGAGED
    if here.sum() > 1:
        names[np.flatnonzero(here)[_is_large(toil[here])]] = STRUGGLING
    return [str(name) for name in names]


def _is_large(sums: Array) -> NDArray[np.bool_]:
    return np.asarray(sums > (sums.min() + sums.max()) / 2)


def reorder(
    model: HiddenMarkovModel, order: NDArray[np.int64], names: tuple[str, ...]
) -> HiddenMarkovModel:
    """Return the model with its states in another order, under new names."""
    moves = model.moves[np.ix_(order, order)]
    return HiddenMarkovModel(names, model.start[order], moves, model.family.reorder(order))


def align_states(new: HiddenMarkovModel, old: HiddenMarkovModel) -> HiddenMarkovModel:
    """Return the new model with the state order and the names of the old one.

    Matched so that the sum of the pairs' Kullback-Leibler divergences is least (H. Kuhn, "The
    Hungarian method for the assignment problem", Naval Research Logistics Quarterly 2, 1955).

    Raises
    ------
    ValueError
        If the two have different numbers of states, so that no matching exists.
    """
    if len(new.start) != len(old.start):
        raise ValueError(f"expected {len(old.start)} states, got {len(new.start)}")
    _, order = linear_sum_assignment(old.family.divergence(new.family))
    return reorder(new, order, old.names)
