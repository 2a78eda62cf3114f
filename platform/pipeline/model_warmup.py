"""Load the models before a worker's first task, so that no Window waits for torch."""

from __future__ import annotations

import logging

from emotion.windows import Window as Cut
from estimates.inference import behaviour
from estimates.registry import predictors

logger = logging.getLogger(__name__)


def load_models() -> list[str]:
    """Load each predictor in use and run it once. Returns the kinds that work; failures are
    logged."""
    kinds = (predictors.SHOWN_KIND, *predictors.SECONDARY_KINDS)
    ready = [kind for kind in kinds if _predicts(kind)]
    return [*ready, *([behaviour.KIND] if _loads_behaviour() else [])]


def _predicts(kind: str) -> bool:
    try:
        by = predictors.load_active(kind)
        # The first forward pass makes the library create threads, kernels and buffers.
        return by is not None and len(by.learned.predict([Cut(0.0, by.learned.window_s)]).proba) > 0
    except Exception:
        logger.exception("predictor.unusable", extra={"kind": kind})
        return False


def _loads_behaviour() -> bool:
    try:
        return behaviour.load_model()
    except Exception:
        logger.exception("behaviour.unusable")
        return False
