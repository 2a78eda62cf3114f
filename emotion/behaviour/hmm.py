"""A hidden Markov model of behaviour that filters online: each step costs one small product.

Paper 3, equation 5: the probability of what was observed is the sum over all hidden paths. The
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
class Model:
    """A hidden Markov model with k states and F independent observations a step.

    Attributes
    ----------
    names : tuple of k str
    start : (k,)
        Probability of each state at the first step.
    moves : (k, k)
        Probability of going from row to column in one step.
    family : Family
        What each state lets one see.
    """

    names: tuple[str, ...]
    start: Array
    moves: Array
    family: Family


@dataclass(frozen=True, slots=True)
class Filtered:
    """Where a filter stands: all that a worker has to keep of a Sitting.

    Attributes
    ----------
    proba : (k,)
        P(state now | all steps so far).
    log_likelihood : float
        log P(all steps so far).
    """

    proba: Array
    log_likelihood: float


def step(model: Model, before: Filtered | None, observed: Array) -> Filtered:
    """Take one step of observations (F,) in; NaN = not observed, and says nothing.

    Parameters
    ----------
    before : Filtered or None
        None at a Sitting's first step.

    Raises
    ------
    ValueError
        Where `observed` has another length than the model's observations.
    """
    if observed.shape != (model.family.width,):
        raise ValueError(f"expected {model.family.width} observations, got {observed.shape}")
    expected = model.start if before is None else before.proba @ model.moves  # (k,)
    with np.errstate(divide="ignore"):
        joint = np.log(expected) + model.family.log_density(observed)  # (k,)
    likelihood = float(logsumexp(joint))
    so_far = 0.0 if before is None else before.log_likelihood
    return Filtered(np.exp(joint - likelihood), so_far + likelihood)


def filtered(model: Model, observations: Array) -> list[Filtered]:
    """Return the filter after each row of (T, F)."""
    states: list[Filtered] = []
    for observed in observations:
        states.append(step(model, states[-1] if states else None, observed))
    return states


def log_likelihood(model: Model, observations: Array) -> float:
    """Return log P(observations), equation 5's sum over all hidden paths; 0 for none."""
    states = filtered(model, observations)
    return states[-1].log_likelihood if states else 0.0


def likeliest_path(model: Model, observations: Array) -> NDArray[np.int64]:
    """Return (T,) the states of the likeliest path (Viterbi), which knows all of (T, F)."""
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


def by_name(model: Model, proba: Array) -> dict[str, float]:
    """Return the probability of each name: of all the states that bear it."""
    found = dict.fromkeys(model.names, 0.0)
    for name, chance in zip(model.names, proba, strict=True):
        found[name] += float(chance)
    return found


def settled(model: Model, states: Sequence[Filtered], *, sure: float, dwell: int) -> str:
    """Return the name that had `sure` probability for the last `dwell` steps, else "".

    A state named at its first flicker would come and go each step.
    """
    last = [by_name(model, state.proba) for state in states[-dwell:]]
    best = {max(chances, key=lambda name: chances[name]) for chances in last}
    if len(last) < dwell or len(best) > 1:
        return ""
    name = best.pop()
    return name if min(chances[name] for chances in last) >= sure else ""
