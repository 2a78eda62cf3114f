"""Challengers: at most one per kind estimates next to the model in use, and may replace it.

It is promoted only through every gate, and never where its card forbids it.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

import audit
from emotion import artefacts
from estimates.models import Predictor
from estimates.registry import predictors, promotion_gates
from estimates.registry.predictors import LABELS, NotPromoted
from estimates.registry.promotion_gates import GateVerdict


def find_challenger(kind: str) -> Predictor | None:
    return Predictor.objects.filter(kind=kind, challenger=True).first()


def why_not(row: Predictor) -> str:
    """Return why it cannot be a challenger, in the active language; "" where it can."""
    if row.active:
        return _("This model is already in use.")
    if row.kind not in LABELS:
        return _(
            "Models of this kind make no estimates for windows, so there is nothing to compare."
        )
    champion = predictors.find_active(row.kind)
    if champion is None:
        return _("No model of this kind is in use, so there is nothing to compare it with.")
    if row.card.get(artefacts.OPENING_S) != champion.card.get(artefacts.OPENING_S):
        return _("It takes a person’s baseline from a different period than the model in use.")
    if not predictors.folder_of(str(row)).is_dir():
        return _("The weights of this model are no longer stored.")
    return ""


def list_verdicts(row: Predictor) -> Sequence[GateVerdict]:
    """Return the verdict of each gate on a challenger now; empty for other Predictors."""
    return (
        promotion_gates.judge_gates(row, predictors.find_active(row.kind)) if row.challenger else ()
    )


@transaction.atomic
def challenge(row: Predictor, *, by: UUID) -> None:
    """Make it the challenger of its kind, replacing any other. Raises NotPromoted."""
    if why := why_not(row):
        raise NotPromoted(why)
    _lock(row.kind)
    Predictor.objects.filter(kind=row.kind, challenger=True).update(challenger=False)
    row.challenger = True
    row.save(update_fields=["challenger"])
    _record("predictor.challenge", row, by)


@transaction.atomic
def stand_down(row: Predictor, *, by: UUID) -> None:
    """Stop it being a challenger; its estimates are stored as long as before."""
    if Predictor.objects.filter(pk=row.pk, challenger=True).update(challenger=False):
        _record("predictor.stand_down", row, by)


@transaction.atomic
def promote(row: Predictor, *, by: UUID, now: datetime) -> None:
    """Promote the challenger. Raises NotPromoted with the words of the gates it failed."""
    if not row.challenger:
        raise NotPromoted(_("Run it as a challenger first."))
    predictors.promote(str(row), now=now, by=by)


def destroy(row: Predictor, *, by: UUID | None) -> None:
    """Delete the weights of a Predictor that is neither in use nor part of this release.

    `by` None = a worker does.
    """
    folder = predictors.folder_of(str(row))
    if row.active or row.challenger or not predictors.is_learned_here(row):
        raise NotPromoted(
            _("Only models that were trained here and are not in use can be destroyed.")
        )
    with transaction.atomic():
        Predictor.objects.filter(pk=row.pk).update(promoted_at=None)
        _record("predictor.destroy", row, by)
        transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


def _lock(kind: str) -> None:
    list(Predictor.objects.select_for_update().filter(kind=kind).order_by("pk"))


def _record(verb: str, row: Predictor, by: UUID | None) -> None:
    audit.record(verb, actor=by, subject=None, public={"predictor": str(row), "kind": row.kind})
