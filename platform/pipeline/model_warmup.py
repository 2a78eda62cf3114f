"""What a worker loads before it takes its first task, so that no Window waits for torch to load."""

from __future__ import annotations

import logging

from emotion.windows import Window as Cut
from estimates.inference import behaviour
from estimates.registry import predictors

logger = logging.getLogger(__name__)


def warm() -> list[str]:
    """Load whatever is in use and ask it once; the kinds that are ready. What fails is logged."""
    kinds = (predictors.SHOWN_KIND, *predictors.SECONDARY_KINDS)
    ready = [kind for kind in kinds if _answers(kind)]
    return [*ready, *([behaviour.KIND] if _steps() else [])]


def _answers(kind: str) -> bool:
    try:
        by = predictors.load_active(kind)
        # One forward makes what the library makes at its first: threads, kernels, memory.
        return by is not None and len(by.learned.predict([Cut(0.0, by.learned.window_s)]).proba) > 0
    except Exception:
        logger.exception("predictor.unusable", extra={"kind": kind})
        return False


def _steps() -> bool:
    try:
        return behaviour.load_model()
    except Exception:
        logger.exception("behaviour.unusable")
        return False
