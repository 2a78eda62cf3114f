"""A hidden Markov model of behaviour with online filtering: one small product per step.

Paper 3, equation 5: the probability of the observations is the sum over all hidden paths. The
forward recursion computes that sum, and its normalised terms are the online state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from emotion.behaviour.emissions import Family

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HiddenMarkovModel:
    """A hidden Markov model with k states and F independent observations a step.

    Attributes
    ----------
    names : tuple of k str
    start : (k,)
        Probability of each state at the first step.
    moves : (k, k)
        Probability of going from row to column in one step.
    family : Family
        The emission distributions of the states.
    """

    names: tuple[str, ...]
    start: Array
    moves: Array
    family: Family


@dataclass(frozen=True, slots=True)
class FilterState:
    """State of a filter: all that a worker has to keep of a Sitting.

    Attributes
    ----------
    proba : (k,)
        P(state now | all steps so far).
    log_likelihood : float
        log P(all steps so far).
    """

    proba: Array
    log_likelihood: float


def filter_step(
    model: HiddenMarkovModel, before: FilterState | None, observed: Array
) -> FilterState:
    """Update the filter with observations (F,); NaN = not observed, without information.

    Parameters
    ----------
    before : FilterState or None
        None at a Sitting's first step.

    Raises
    ------
    ValueError
        If `observed` has another length than the model's observations.
    """
    if observed.shape != (model.family.width,):
        raise ValueError(f"expected {model.family.width} observations, got {observed.shape}")
    expected = model.start if before is None else before.proba @ model.moves  # (k,)
    with np.errstate(divide="ignore"):
        joint = np.log(expected) + model.family.log_density(observed)  # (k,)
    likelihood = float(logsumexp(joint))
    so_far = 0.0 if before is None else before.log_likelihood
    return FilterState(np.exp(joint - likelihood), so_far + likelihood)


def filter_all(model: HiddenMarkovModel, observations: Array) -> list[FilterState]:
    """Return the filter's state after each row of (T, F)."""
    states: list[FilterState] = []
    for observed in observations:
        states.append(filter_step(model, states[-1] if states else None, observed))
    return states


def log_likelihood(model: HiddenMarkovModel, observations: Array) -> float:
    """Return log P(observations), equation 5's sum over all hidden paths; 0 for none."""
    states = filter_all(model, observations)
    return states[-1].log_likelihood if states else 0.0


def likeliest_path(model: HiddenMarkovModel, observations: Array) -> NDArray[np.int64]:
    """Return the states (T,) of the most likely path (Viterbi), given all of (T, F)."""
    with np.errstate(divide="ignore"):
        start, moves = np.log(model.start), np.log(model.moves)
    density = model.family.log_density(observations)  # (T, k)
    came_from = np.zeros(density.shape, np.int64)
    best = start + density[0]
    for at in range(1, len(density)):
        through = best[:, None] + moves  # (k, k)
        came_from[at] = through.argmax(axis=0)
        best = through.max(axis=0) + density[at]
    path = np.full(len(density), best.argmax())
    for at in range(len(density) - 1, 0, -1):
        path[at - 1] = came_from[at, path[at]]
    return path


def sum_by_name(model: HiddenMarkovModel, proba: Array) -> dict[str, float]:
    """Return the probability of each name, summed over the states that have it."""
    found = dict.fromkeys(model.names, 0.0)
    for name, chance in zip(model.names, proba, strict=True):
        found[name] += float(chance)
    return found


def find_settled_name(
    model: HiddenMarkovModel, states: Sequence[FilterState], *, sure: float, dwell: int
) -> str:
    """Return the name with a probability of `sure` over the last `dwell` steps, else "".

    A state named at its first occurrence would change at every step.
    """
    last = [sum_by_name(model, state.proba) for state in states[-dwell:]]
    best = {max(chances, key=lambda name: chances[name]) for chances in last}
    if len(last) < dwell or len(best) > 1:
        return ""
    name = best.pop()
    return name if min(chances[name] for chances in last) >= sure else ""
