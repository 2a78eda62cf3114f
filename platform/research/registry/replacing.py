"""Taking a challenger into use, or what was before it, and letting go of what nobody may use."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from estimates import challengers, predictors
from estimates.models import Predictor
from research.registry import flagged


@transaction.atomic
def promote(row: Predictor, by: UUID, *, now: datetime) -> None:
    """Through every gate; a flagged one it replaces loses its weights. Raises NotPromoted."""
    challengers.promote(row, by=by, now=now)
    flagged.destroy_replaced(row.kind, by=by)


@transaction.atomic
def rollback(kind: str, by: UUID) -> Predictor:
    """What was in use before; never one that learned from who has taken it back since. Raises
    NotPromoted."""
    flagged.destroy_replaced(kind, by=by)
    left = predictors.active(kind)
    row = predictors.rollback(kind, by=by)
    if left is not None and predictors.is_learned_here(left):
        left.refresh_from_db()
        flagged.destroy_left(left, by=by)
    return row
