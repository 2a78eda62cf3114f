"""Format of a card's figures: four digits, since more differ between processors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.metrics.classification import Score


def format_score(found: Score) -> list[float]:
    """Return [value, low, high]."""
    return [round_figure(value) for value in (found.value, found.lo, found.hi)]


def round_figure(value: float | np.floating[Any] | NDArray[np.float64]) -> float:
    """Round to four digits."""
    return round(float(value), 4)
