"""Taking a challenger into use, and letting go of what it replaces for good."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from estimates import challengers
from estimates.models import Predictor
from research.registry import flagged


@transaction.atomic
def promote(row: Predictor, by: UUID, *, now: datetime) -> None:
    """Through every gate; a flagged one it replaces loses its weights. Raises NotPromoted."""
    challengers.promote(row, by=by, now=now)
    flagged.destroy_replaced(row.kind, by=by)
