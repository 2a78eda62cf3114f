"""A head fine-tuned on labelled Windows, and the recipe of its training."""

from __future__ import annotations

from dataclasses import dataclass

from emotion.calibration.temperature import softmax
from emotion.features.batch import Batch
from emotion.models.crossmodal.head_finetune import Array, Base, Standards
from emotion.models.crossmodal.pretrain import Pretrain


@dataclass(frozen=True, slots=True)
class FinetuneRecipe:
    """How people are split, and how strongly the base is kept; documented in `finetune.toml`."""

    seed: int
    base: str
    least: int
    outer: int
    inner: int
    pulls: tuple[float, ...]
    coverage: float
    pretrain: Pretrain


@dataclass(frozen=True, slots=True)
class FinetunedHead:
    """A head with everything needed to use it; `pull` 0 = the base's, as nothing was better."""

    base: Base
    standards: Standards
    head: Array
    temperature: float
    threshold: float
    pull: float

    def proba(self, batch: Batch) -> Array:
        """Return (N, K) calibrated probabilities of an unstandardised batch."""
        return softmax(self.base.inputs(batch, self.standards) @ self.head.T, self.temperature)
