"""How a card writes its figures: four digits, since what lies beyond differs between processors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.metrics.classification import Score


def figure(found: Score) -> list[float]:
    """Return [value, low, high]."""
    return [rounded(value) for value in (found.value, found.lo, found.hi)]


def rounded(value: float | np.floating[Any] | NDArray[np.float64]) -> float:
    """Return four digits."""
    return round(float(value), 4)
