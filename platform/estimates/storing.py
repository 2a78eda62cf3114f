"""Storing what was made from Streams: sealed under their scopes and epochs, or not at all (I-1)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from django.db import IntegrityError

from consent.gate import Permit
from consent.refusal import Refused
from consent.wall import walled
from estimates.models import AffectEstimate, BehaviourEstimate, Opening
from vault.values import Place, seal_value

logger = logging.getLogger(__name__)


def store(
    row: AffectEstimate | BehaviourEstimate | Opening,
    value: object,
    streams: Iterable[str],
    permits: Mapping[str, Permit],
    *,
    place: Place,
) -> bool:
    """Store the row; False where it stands already (a Window worked on twice, I-27), or where a
    scope was withdrawn in between (the trigger's refusal)."""
    epochs = {f"{stream}:adapt": permits[f"{stream}:adapt"].epoch for stream in streams}
    row.learner = row.sitting.learner
    row.scopes, row.epochs = list(epochs), list(epochs.values())
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
