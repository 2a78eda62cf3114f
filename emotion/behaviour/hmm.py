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

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Model:
    """A Gaussian hidden Markov model with k states and F independent observations a step.

    Attributes
    ----------
    names : tuple of k str
    start : (k,)
        Probability of each state at the first step.
    moves : (k, k)
        Probability of going from row to column in one step.
    mean, variance : (k, F)
    """

    names: tuple[str, ...]
    start: Array
    moves: Array
    mean: Array
    variance: Array


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
    if observed.shape != model.mean.shape[1:]:
        raise ValueError(f"expected {model.mean.shape[1:]} observations, got {observed.shape}")
    expected = model.start if before is None else before.proba @ model.moves  # (k,)
    with np.errstate(divide="ignore"):
        joint = np.log(expected) + log_density(model, observed)  # (k,)
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


def log_density(model: Model, observed: Array) -> Array:
    """Return (k,) log density of what was observed in each state."""
    known = ~np.isnan(observed)
    mean, variance = model.mean[:, known], model.variance[:, known]
    square = (observed[known] - mean) ** 2 / variance
    return np.asarray(-0.5 * (np.log(2 * np.pi * variance) + square).sum(axis=1))


def settled(states: Sequence[Filtered], names: Sequence[str], *, sure: float, dwell: int) -> str:
    """Return the state's name once it had `sure` probability for the last `dwell` steps, else "".

    A state named at its first flicker would come and go each step.
    """
    last = states[-dwell:]
    best = {int(state.proba.argmax()) for state in last}
    steady = len(last) == dwell and len(best) == 1
    if not steady or min(float(state.proba.max()) for state in last) < sure:
        return ""
    return names[best.pop()]
