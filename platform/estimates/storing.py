"""Storing an Estimate: sealed under the scopes and epochs it was made from, or not at all (I-1)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from django.db import IntegrityError

from consent.gate import Permit
from consent.refusal import Refused
from consent.wall import walled
from estimates.models import AffectEstimate, BehaviourEstimate
from vault.values import Place, seal_value

logger = logging.getLogger(__name__)


def store(
    row: AffectEstimate | BehaviourEstimate,
    value: Mapping[str, object],
    streams: Iterable[str],
    permits: Mapping[str, Permit],
    *,
    place: Place,
    status: str,
) -> bool:
    """Store the row; False where it stands already (a Window worked on twice, I-27), or where a
    scope was withdrawn in between (the trigger's refusal)."""
    epochs = {f"{stream}:adapt": permits[f"{stream}:adapt"].epoch for stream in streams}
    row.learner = row.sitting.learner
    row.scopes, row.epochs = list(epochs), list(epochs.values())
    row.status = status
    row.sealed = seal_value(value, place=place, scopes=epochs, now=row.made_at)
    try:
        with walled():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    except Refused:
        logger.info("estimate.refused")
        return False
    return True
