"""What challengers would have said of Windows: looked at last, kept apart, told to nobody.

Each sees only Streams of people who let research read them now. What was usual for somebody it
takes from what is in use, so that nothing is kept about them on its account but its own rows.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from estimates.inference import affect, shadow_estimates
from estimates.inference.affect import SensedWindow
from estimates.models import Predictor
from estimates.registry import predictors
from pipeline import window_inputs

logger = logging.getLogger(__name__)


def look(rival: Predictor, batch: Sequence[SensedWindow], now: datetime) -> None:
    """One that fails leaves everything else as it is."""
    try:
        _look(rival, batch, now)
    except Exception:
        logger.exception("challenger.unusable", extra={"kind": rival.kind})


def _look(rival: Predictor, batch: Sequence[SensedWindow], now: datetime) -> None:
    champion = predictors.load_active(rival.kind)
    if champion is None:
        return
    by = predictors.load_predictor(rival)
    lent = window_inputs.lent(batch, by.learned.streams, now)
    if lent:
        held = window_inputs.read(lent, [by])
        seen = window_inputs.seen_by(by, lent, held, now, usual_by=champion)
        shadow_estimates.store(lent, affect.guess_each(seen, by), now=now)
