"""Predictions of challengers: computed last, stored apart and shown to no one.

They use only Streams of people who permit research now. A challenger reuses the champion's session
baseline, so that only its own predictions are stored for it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from estimates.inference import affect, shadow_estimates
from estimates.inference.affect import Sensed
from estimates.models import Predictor
from estimates.registry import predictors
from pipeline import window_inputs

logger = logging.getLogger(__name__)


def look(rival: Predictor, batch: Sequence[Sensed], now: datetime) -> None:
    """Predict with a challenger; its failure affects nothing else."""
    try:
        _look(rival, batch, now)
    except Exception:
        logger.exception("challenger.unusable", extra={"kind": rival.kind})


def _look(rival: Predictor, batch: Sequence[Sensed], now: datetime) -> None:
    champion = predictors.in_use(rival.kind)
    if champion is None:
        return
    by = predictors.as_used(rival)
    lent = window_inputs.lent(batch, by.learned.streams, now)
    if lent:
        held = window_inputs.read(lent, [by])
        seen = window_inputs.seen_by(by, lent, held, now, usual_by=champion)
        shadow_estimates.store(lent, affect.guess(seen, by), now=now)
