"""Valence and arousal of 10-s Windows as probabilities of a high value, or ABSTAIN.

The network of `crossmodal` with another output: its logits are steps of SAM's scale above the
middle, one per level, so that the two levels do not exclude each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emotion.models.crossmodal.predictor import CrossModalPredictor

if TYPE_CHECKING:
    from torch import Tensor


class LevelsPredictor(CrossModalPredictor):
    """A learned artefact of levels in use; card and weights as in `CrossModalPredictor`."""

    def _calibrate(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        steps = logits.astype(np.float64)
        return high_probability(steps, float(self.card["temperature"])).astype(np.float32)

    def _chances(self, logits: Tensor) -> Tensor:
        return (logits / float(self.card["temperature"])).sigmoid()

    def _sureness(self, proba: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N,): the certainty of the more certain level."""
        return np.asarray(np.maximum(proba, 1 - proba).max(axis=1))


def high_probability(steps: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Return the probability that each of `steps` above the middle is really above it."""
    return np.asarray(1 / (1 + np.exp(-steps / temperature)))
