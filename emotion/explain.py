"""Why a Predictor said so: exact Shapley values over the Streams of a Window.

Attention weights are not used for this: on simulated people deleting what they point at was hardly
better than deleting at random, while Shapley values were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from math import comb
from typing import Any

from emotion.predictors import Predictor
from emotion.windows import Window

# 2 to this many Windows are read for one explanation.
MOST_STREAMS = 8


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
    if label not in predictor.labels:
        raise ValueError(f"expected one of {predictor.labels}, got {label!r}")
    names = sorted(name for name in window.streams if name in predictor.streams)
    if len(names) > MOST_STREAMS:
        raise ValueError(f"expected at most {MOST_STREAMS} streams, got {len(names)}")
    worth = _worth(predictor, window, label, names)
    return {name: share(worth, name, names) for name in names}


def _worth(
    predictor: Predictor, window: Window, label: str, names: list[str]
) -> Mapping[frozenset[str], float]:
    """Return P(label) for every subset of the Streams."""
    subsets = [frozenset(part) for n in range(len(names) + 1) for part in combinations(names, n)]
    cuts = [
        replace(window, streams={n: window.streams[n] for n in sorted(part)}) for part in subsets
    ]
    proba = predictor.predict(cuts).proba[:, predictor.labels.index(label)]
    return dict(zip(subsets, map(float, proba), strict=True))


def share(worth: Mapping[frozenset[str], Any], name: str, names: list[str]) -> Any:
    """Return the Shapley value of `name` from the worth of every subset: numbers or arrays."""
    others = len(names) - 1
    return sum(
        (worth[part | {name}] - said) / (len(names) * comb(others, len(part)))
        for part, said in worth.items()
        if name not in part
    )
