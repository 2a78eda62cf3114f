"""Promotion and rollback of Predictors, and deletion of weights that may not be used.

A Predictor trained on data withdrawn since is not put in use again (I-16).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from estimates.models import Predictor
from estimates.registry import challengers, predictors
from estimates.registry.predictors import NotPromoted
from research.registry import flagged_predictors


@transaction.atomic
def promote(row: Predictor, by: UUID, *, now: datetime) -> None:
    """Promote through every gate; a flagged one it replaces is destroyed. Raises NotPromoted."""
    _refuse_flagged(str(row))
    challengers.promote(row, by=by, now=now)
    flagged_predictors.destroy_replaced(row.kind, by=by)


@transaction.atomic
def promote_by_name(name: str, *, now: datetime) -> Predictor:
    """Promote by an artefact's name, without a challenge: artefacts of a release meet no gate.

    Raises NotPromoted, `artefacts.Broken`.
    """
    _refuse_flagged(name)
    row = predictors.promote(name, now=now)
    flagged_predictors.destroy_replaced(row.kind, by=None)
    return row


@transaction.atomic
def rollback(kind: str, by: UUID | None) -> Predictor:
    """Restore the Predictor in use before. Raises NotPromoted, `artefacts.Broken`."""
    flagged_predictors.destroy_replaced(kind, by=by)
    left = predictors.find_active(kind)
    row = predictors.rollback(kind, by=by)
    if left is not None and predictors.is_learned_here(left):
        left.refresh_from_db()
        flagged_predictors.destroy_if_flagged(left, by=by)
    return row


def _refuse_flagged(name: str) -> None:
    if flagged_predictors.find_shrunk_runs([name]):
        raise NotPromoted(
            _(
                "Someone whose data it was trained on has since withdrawn consent. Train it again "
                "first."
            )
        )
