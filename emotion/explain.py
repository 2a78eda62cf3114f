"""Why a Predictor said so: exact Shapley values over a Window's Streams, and when inside the top.

Attention weights are not used for this: on simulated people deleting what they point at was hardly
better than deleting at random, while Shapley values were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from emotion.models import Predictor
from emotion.windows import Window

# 2 to this many Windows are read for one explanation.
MOST_STREAMS = 8
# Points of the integral: at these the attributions add up to within a hundredth (tests).
POINTS = 32
# "Mostly" is more than this share of all that adds; a stretch longer than `LONG` of the Window is
# no time worth naming.
MOST, LONG = 0.5, 0.5
HEDGE = "This can be wrong."
WORDS = {
    "pointer": "the pointer",
    "typing": "the typing",
    "activity": "whether the page was in view",
    "face": "the face",
    "gaze": "where the eyes went",
    "heart": "the heartbeat",
    "eda": "skin conductance",
    "ppg": "the pulse",
    "ecg": "the heart signal",
    "acc": "the wrist\u2019s movement",
    "temp": "skin temperature",
    "layout": "the page",
}

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
        Where the Predictor does not give `label`, or there are more than `MOST_STREAMS`.
    """
    return _shares(_worth(predictor, window, label))


def _worth(predictor: Predictor, window: Window, label: str) -> Mapping[frozenset[str], float]:
    """Return P(label) for every subset of the Streams, all of them last."""
    if label not in predictor.labels:
        raise ValueError(f"expected one of {predictor.labels}, got {label!r}")
    names = sorted(name for name in window.streams if name in predictor.streams)
    if len(names) > MOST_STREAMS:
        raise ValueError(f"expected at most {MOST_STREAMS} streams, got {len(names)}")
    subsets = [frozenset(part) for n in range(len(names) + 1) for part in combinations(names, n)]
    cuts = [
        replace(window, streams={n: window.streams[n] for n in sorted(part)}) for part in subsets
    ]
    proba = predictor.predict(cuts).proba[:, predictor.labels.index(label)]
    return dict(zip(subsets, map(float, proba), strict=True))


def _shares(worth: Mapping[frozenset[str], float]) -> dict[str, float]:
    names = sorted(frozenset[str]().union(*worth))
    return {name: share(worth, name, names) for name in names}


def share(worth: Mapping[frozenset[str], Any], name: str, names: list[str]) -> Any:
    """Return the Shapley value of `name` from the worth of every subset: numbers or arrays."""
    others = len(names) - 1
    return sum(
        (worth[part | {name}] - said) / (len(names) * comb(others, len(part)))
        for part, said in worth.items()
        if name not in part
    )


def left(worth: Mapping[frozenset[str], float], order: Sequence[str]) -> float:
    """Return the mean of P(label) after each deletion, in `order`, over P(label) with all.

    Small where the first deletions already take the answer away; NaN where there is none.
    """
    everything = frozenset[str]().union(*worth)
    kept, curve = set(everything), []
    for name in order:
        kept.discard(name)
        curve.append(worth[frozenset(kept)])
    whole = worth[everything]
    return float(np.mean(curve) / whole) if curve and whole > 0 else float("nan")


@runtime_checkable
class Traced(Protocol):
    """A Predictor whose answer can be followed back to the steps of one Stream."""

    def path(self, window: Window, label: str, stream: str, shares: Array) -> tuple[Array, Array]:
        """Return features (T, F) and slopes (S, T, F), as `CrossModalPredictor.path` says."""
        ...


@dataclass(frozen=True, slots=True)
class Why:
    """What moved P(label) most.

    Attributes
    ----------
    shares : mapping from stream to float
        Shapley values.
    stream : str
        The one that adds most; "" where none adds anything.
    steps : (T,) or None
        Integrated gradients of this Stream's steps of 1 s, the last ends with the Window; None
        where the Predictor cannot be followed back.
    left : float
        The deletion score of `left`, what adds most deleted first.
    """

    shares: Mapping[str, float]
    stream: str
    steps: Array | None
    left: float


def why(predictor: Predictor, window: Window, label: str) -> Why:
    """Return which Stream spoke most for `label`, and when; raises as `shapley` does.

    It takes a tenth of a second and more: for who asks, not for each Window.
    """
    worth = _worth(predictor, window, label)
    shares = _shares(worth)
    order = sorted(shares, key=shares.__getitem__, reverse=True)
    score = left(worth, order)
    if not order or shares[order[0]] <= 0:
        return Why(shares, "", None, score)
    if not isinstance(predictor, Traced):
        return Why(shares, order[0], None, score)
    return Why(shares, order[0], over_time(predictor, window, label, order[0]), score)


def over_time(predictor: Traced, window: Window, label: str, stream: str) -> Array:
    """Return integrated gradients of a Stream's steps (T,) (Sundararajan et al. 2017).

    From training's mean of each feature, which standardised is 0, straight to the Window's. They
    sum to P(label) - P(label | the Stream's features at their means).
    """
    points, weights = np.polynomial.legendre.leggauss(POINTS)
    features, slopes = predictor.path(window, label, stream, (points + 1) / 2)
    mean = np.tensordot(weights / 2, slopes, axes=1)  # (T, F)
    return np.asarray((features * mean).sum(axis=1))


def sentence(found: Why) -> str:
    """Say it plainly; "" where nothing spoke for the label.

    Such as "Mostly the pointer, in the last 4 seconds. This can be wrong.".
    """
    if not found.stream:
        return ""
    adding = sum(share for share in found.shares.values() if share > 0)
    most = found.shares[found.stream] > MOST * adding
    words = WORDS.get(found.stream, found.stream)
    return f"{'Mostly' if most else 'Partly'} {words}{_when(span(found))}. {HEDGE}"


def span(found: Why) -> tuple[int, int] | None:
    """Return the stretch that holds most of what speaks for the label, worth naming.

    As seconds before the end, the earlier first; None where there is no such stretch.
    """
    if found.steps is None:
        return None
    begin, end = stretch(found.steps)
    count = len(found.steps)
    return None if end - begin > LONG * count else (count - begin, count - end)


def _when(seconds: tuple[int, int] | None) -> str:
    if seconds is None:
        return ""
    begin, end = seconds
    if not end:
        return ", in the last second" if begin == 1 else f", in the last {begin} seconds"
    return f", from {begin} to {end} second{'s' if end > 1 else ''} before the end"


def stretch(steps: Array) -> tuple[int, int]:
    """Return begin and end of the shortest run with over `MOST` of all that adds.

    The latest of such; all steps where nothing adds.
    """
    adding = np.maximum(steps, 0)
    sums = np.concatenate([[0.0], np.cumsum(adding)])
    count = len(steps)
    for length in range(1, count):
        for end in range(count, length - 1, -1):
            if sums[end] - sums[end - length] > MOST * sums[-1]:
                return end - length, end
    return 0, count
