"""Scores from confusion matrices counted by person, with intervals over people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Metric = Callable[[Array], Array]

DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Score:
    """A figure with its 95 % interval."""

    value: float
    lo: float
    hi: float


def confusions(
    truth: NDArray[np.int64], guess: NDArray[np.int64], people: NDArray[np.int64], classes: int
) -> Array:
    """Return (people, K, K) counts, rows = truth, columns = guess."""
    _, who = np.unique(people, return_inverse=True)
    counts = np.zeros((int(who.max()) + 1, classes, classes))
    np.add.at(counts, (who, truth, guess), 1.0)
    return counts


def accuracy(counts: Array) -> Array:
    """Return the accuracy of (..., K, K) counts."""
    right = np.trace(counts, axis1=-2, axis2=-1)
    return np.asarray(right / np.maximum(counts.sum(axis=(-2, -1)), 1))


def macro_f1(counts: Array) -> Array:
    """Return the mean over classes of 2 TP / (2 TP + FP + FN) of (..., K, K) counts."""
    hit = np.diagonal(counts, axis1=-2, axis2=-1)
    total = counts.sum(axis=-2) + counts.sum(axis=-1)
    return np.asarray((2 * hit / np.maximum(total, 1)).mean(axis=-1))


def weighted_f1(counts: Array) -> Array:
    """Return the mean over rows of their class's F1, as paper 2 reports it."""
    hit = np.diagonal(counts, axis1=-2, axis2=-1)
    rows = counts.sum(axis=-1)  # (..., K)
    each = 2 * hit / np.maximum(counts.sum(axis=-2) + rows, 1)
    return np.asarray((each * rows).sum(axis=-1) / np.maximum(rows.sum(axis=-1), 1))


def balanced_accuracy(counts: Array) -> Array:
    """Return the mean recall over the classes that occur."""
    rows = counts.sum(axis=-1)
    hit = np.diagonal(counts, axis1=-2, axis2=-1)
    recall = np.where(rows > 0, hit / np.where(rows > 0, rows, 1), 0)
    return np.asarray(recall.sum(axis=-1) / np.maximum((rows > 0).sum(axis=-1), 1))


def f1_of_occurring_classes(counts: Array) -> Array:
    """Return the mean F1 over the classes that occur or were predicted: for one person."""
    hit = np.diagonal(counts, axis1=-2, axis2=-1)
    total = counts.sum(axis=-2) + counts.sum(axis=-1)
    each = np.where(total > 0, 2 * hit / np.where(total > 0, total, 1), 0)
    return np.asarray(each.sum(axis=-1) / np.maximum((total > 0).sum(axis=-1), 1))


def largest_share(counts: Array) -> Array:
    """Return the share of the most frequent true class: the score of a constant guess."""
    return np.asarray(counts.sum(axis=-1).max(axis=-1) / np.maximum(counts.sum(axis=(-2, -1)), 1))


def score(metric: Metric, counts: Array, *, rng: np.random.Generator, draws: int = DRAWS) -> Score:
    """Return a metric over all people, with a 95 % bootstrap interval over people.

    Parameters
    ----------
    counts : (people, K, K)
        Of `confusions`: the unit drawn is the person, never the Window.
    """
    weights = draw_people(len(counts), draws, rng)
    drawn = metric(np.tensordot(weights, counts, axes=1))  # (draws, K, K) -> (draws,)
    lo, hi = np.quantile(drawn, [0.025, 0.975])
    return Score(float(metric(counts.sum(axis=0))), float(lo), float(hi))


def score_per_person(
    metric: Metric, counts: Array, *, rng: np.random.Generator, draws: int = DRAWS
) -> Score:
    """Return the mean over people of each person's own score, with an interval over people."""
    own = metric(counts)  # (people,)
    drawn = draw_people(len(own), draws, rng) @ own / len(own)
    lo, hi = np.quantile(drawn, [0.025, 0.975])
    return Score(float(own.mean()), float(lo), float(hi))


def score_gain(
    metric: Metric, ours: Array, theirs: Array, *, rng: np.random.Generator, draws: int = DRAWS
) -> Score:
    """Return metric(ours) - metric(theirs) on the same people, with the same draws for both."""
    if ours.shape != theirs.shape:
        raise ValueError(f"expected counts of the same people, got {ours.shape}, {theirs.shape}")
    weights = draw_people(len(ours), draws, rng)
    sums = [np.tensordot(weights, counts, axes=1) for counts in (ours, theirs)]
    lo, hi = np.quantile(metric(sums[0]) - metric(sums[1]), [0.025, 0.975])
    return Score(float(metric(ours.sum(axis=0)) - metric(theirs.sum(axis=0))), float(lo), float(hi))


def draw_people(people: int, draws: int, rng: np.random.Generator) -> Array:
    """Return (draws, people): how often each person is drawn, with replacement."""
    return rng.multinomial(people, np.full(people, 1 / people), size=draws).astype(np.float64)
