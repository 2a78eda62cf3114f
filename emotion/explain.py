"""Explanations: exact Shapley values over a Window's Streams, and when within the main one.

Attention weights are not used. On simulated people, deleting what they point at was hardly better
than deleting at random, while Shapley values were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from emotion.context import words_of_input
from emotion.models import Predictor
from emotion.windows import Window

# 2 to the power of this many Windows are predicted for one explanation.
MOST_INPUTS = 10
# Points of the integral: with these the attributions sum up to within a hundredth (tests).
POINTS = 128
# Fewer find the same stretch, in all of 56 simulated cases, and a request is answered in a second.
STRETCH_POINTS = 64
# "Mostly" means more than this share of all positive contributions. A stretch longer than `LONG` of
# the Window is not worth naming.
MOST, LONG = 0.5, 0.5
HEDGE = "This can be wrong."

Array = NDArray[np.float64]


def shapley(predictor: Predictor, window: Window, label: str) -> dict[str, float]:
    """Return what each Stream adds to the probability of `label` (Shapley 1953, exact).

    Returns
    -------
    dict from stream to float
        They sum to P(label | all Streams) - P(label | none).

    Raises
    ------
    ValueError
        If the Predictor does not give `label`, or there are more than `MOST_INPUTS`.
    """
    return _shares(_evaluate_subsets(predictor, window, label))


def _evaluate_subsets(
    predictor: Predictor, window: Window, label: str
) -> Mapping[frozenset[str], float]:
    """Return P(label) for every subset of the Streams; the full set comes last."""
    if label not in predictor.labels:
        raise ValueError(f"expected one of {predictor.labels}, got {label!r}")
    names = sorted(window.inputs.keys() & {*predictor.streams, *predictor.context})
    if len(names) > MOST_INPUTS:
        raise ValueError(f"expected at most {MOST_INPUTS} streams, got {len(names)}")
    subsets = [frozenset(part) for n in range(len(names) + 1) for part in combinations(names, n)]
    hidden = [frozenset(names) - part for part in subsets]
    (rows,) = predictor.predict_without([window.select(names)], [hidden]).reduced
    chances = rows[:, predictor.labels.index(label)]
    return dict(zip(subsets, map(float, chances), strict=True))


def _shares(worth: Mapping[frozenset[str], float]) -> dict[str, float]:
    names = sorted(frozenset[str]().union(*worth))
    return {name: shapley_value(worth, name, names) for name in names}


def shapley_value(worth: Mapping[frozenset[str], Any], name: str, names: list[str]) -> Any:
    """Return the Shapley value of `name` from the worth of every subset: numbers or arrays."""
    others = len(names) - 1
    return sum(
        (worth[part | {name}] - said) / (len(names) * comb(others, len(part)))
        for part, said in worth.items()
        if name not in part
    )


def deletion_score(worth: Mapping[frozenset[str], float], order: Sequence[str]) -> float:
    """Return the mean of P(label) after each deletion, in `order`, relative to P(label) with all.

    Small if the first deletions already remove the answer; NaN if there is nothing to delete.
    """
    everything = frozenset[str]().union(*worth)
    kept, curve = set(everything), []
    for name in order:
        kept.discard(name)
        curve.append(worth[frozenset(kept)])
    whole = worth[everything]
    return float(np.mean(curve) / whole) if curve and whole > 0 else float("nan")


@runtime_checkable
class TraceablePredictor(Protocol):
    """A Predictor whose answer can be attributed to the steps of one Stream."""

    def path(self, window: Window, label: str, stream: str, shares: Array) -> tuple[Array, Array]:
        """Return features (T, F) and slopes (S, T, F), as `CrossModalPredictor.path` describes."""
        ...


@dataclass(frozen=True, slots=True)
class LabelExplanation:
    """What changed P(label) most.

    Attributes
    ----------
    shares : mapping from stream to float
        Shapley values.
    stream : str
        The one that adds most; "" if none adds anything.
    steps : (T,) or None
        Integrated gradients of this Stream's steps of 1 s; the last one ends with the Window. None
        if the Predictor cannot be traced.
    deletion : float
        The `deletion_score`, with the largest contributions deleted first.
    """

    shares: Mapping[str, float]
    stream: str
    steps: Array | None
    deletion: float


def explain_label(predictor: Predictor, window: Window, label: str) -> LabelExplanation:
    """Return which Stream contributed most to `label`, and when; raises as `shapley` does.

    It takes a tenth of a second and more, so compute it on request, not for each Window.
    """
    worth = _evaluate_subsets(predictor, window, label)
    shares = _shares(worth)
    order = sorted(shares, key=shares.__getitem__, reverse=True)
    score = deletion_score(worth, order)
    if not order or shares[order[0]] <= 0:
        return LabelExplanation(shares, "", None, score)
    if not isinstance(predictor, TraceablePredictor):
        return LabelExplanation(shares, order[0], None, score)
    return LabelExplanation(
        shares,
        order[0],
        integrate_gradients(predictor, window, label, order[0], STRETCH_POINTS),
        score,
    )


def integrate_gradients(
    predictor: TraceablePredictor, window: Window, label: str, stream: str, count: int = POINTS
) -> Array:
    """Return integrated gradients of a Stream's steps (T,) (Sundararajan et al. 2017).

    The path runs from training's mean of each feature (0 when standardised) straight to the
    Window's value; slopes are taken at `count` points. They sum to P(label) - P(label | the
    Stream's features at their means).
    """
    points, weights = np.polynomial.legendre.leggauss(count)
    features, slopes = predictor.path(window, label, stream, (points + 1) / 2)
    mean = np.tensordot(weights / 2, slopes, axes=1)  # (T, F)
    return np.asarray((features * mean).sum(axis=1))


def format_sentence(found: LabelExplanation) -> str:
    """Return a plain sentence, or "" if nothing contributed to the label.

    For example "Mostly the pointer, in the last 4 seconds. This can be wrong.".
    """
    if not found.stream:
        return ""
    adding = sum(share for share in found.shares.values() if share > 0)
    most = found.shares[found.stream] > MOST * adding
    words = name_evidence(found.stream)
    return f"{'Mostly' if most else 'Partly'} {words}{_format_time(find_stretch(found))}. {HEDGE}"


def name_evidence(name: str) -> str:
    """Return what a sentence calls this input of a Predictor, in the source language."""
    return words_of_input(name).evidence or name


def find_stretch(found: LabelExplanation) -> tuple[int, int] | None:
    """Return the stretch with most of what contributes to the label, if worth naming.

    Given in seconds before the end, the earlier first; None if there is no such stretch.
    """
    if found.steps is None:
        return None
    begin, end = shortest_stretch(found.steps)
    count = len(found.steps)
    return None if end - begin > LONG * count else (count - begin, count - end)


def _format_time(seconds: tuple[int, int] | None) -> str:
    if seconds is None:
        return ""
    begin, end = seconds
    if not end:
        return ", in the last second" if begin == 1 else f", in the last {begin} seconds"
    return f", from {begin} to {end} second{'s' if end > 1 else ''} before the end"


def shortest_stretch(steps: Array) -> tuple[int, int]:
    """Return begin and end of the shortest run with over `MOST` of all contributions.

    The latest one on a tie; all steps if nothing contributes.
    """
    adding = np.maximum(steps, 0)
    sums = np.concatenate([[0.0], np.cumsum(adding)])
    count = len(steps)
    for length in range(1, count):
        for end in range(count, length - 1, -1):
            if sums[end] - sums[end - length] > MOST * sums[-1]:
                return end - length, end
    return 0, count
