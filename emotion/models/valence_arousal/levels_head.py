"""A head trained on SAM ratings, and the recipe of its training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotion.features.batch import Batch
from emotion.models.crossmodal.head_finetune import Array, Base, Standards
from emotion.models.valence_arousal.predictor import high_probability


@dataclass(frozen=True, slots=True)
class SamRecipe:
    """How people are split, and the penalties to try; documented in `sam.toml`."""

    seed: int
    base: str
    least: int
    outer: int
    inner: int
    pulls: tuple[float, ...]
    coverage: float


@dataclass(frozen=True, slots=True)
class TrainedLevels:
    """Two outputs (2, D) with everything needed to use them."""

    base: Base
    standards: Standards
    head: Array
    temperature: float
    threshold: float
    pull: float

    def above(self, batch: Batch) -> Array:
        """Return (N, 2) predicted steps above the middle of an unstandardised batch."""
        return np.asarray(self.base.inputs(batch, self.standards) @ self.head.T)

    def proba(self, batch: Batch) -> Array:
        """Return (N, 2): the probability that each level is high."""
        return high_probability(self.above(batch), self.temperature)
