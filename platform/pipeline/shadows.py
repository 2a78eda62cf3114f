"""What challengers would have said of Windows: looked at last, kept apart, told to nobody.

Each sees only Streams of people who let research read them now. What was usual for somebody it
takes from what is in use, so that nothing is kept about them on its account but its own rows.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from estimates import affect, predictors, shadow
from estimates.affect import Sensed
from estimates.models import Predictor
from pipeline import sensing

logger = logging.getLogger(__name__)


def look(rival: Predictor, batch: Sequence[Sensed], now: datetime) -> None:
    """One that fails leaves everything else as it is."""
    try:
        _look(rival, batch, now)
    except Exception:
        logger.exception("challenger.unusable", extra={"kind": rival.kind})


def _look(rival: Predictor, batch: Sequence[Sensed], now: datetime) -> None:
    champion = predictors.in_use(rival.kind)
    if champion is None:
        return
    by = predictors.as_used(rival)
    lent = sensing.lent(batch, by.learned.streams, now)
    if lent:
        held = sensing.read(lent, [by])
        seen = sensing.seen_by(by, lent, held, now, usual_by=champion)
        shadow.store(lent, affect.guess(seen, by), now=now)
