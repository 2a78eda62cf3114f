"""Challengers: at most one a kind guesses in the shadow of what is in use, and may take its place.

It is taken into use only through every gate, and never where its card says it may not be.
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
from estimates.registry.promotion_gates import Verdict


def of(kind: str) -> Predictor | None:
    return Predictor.objects.filter(kind=kind, challenger=True).first()


def why_not(row: Predictor) -> str:
    """Why it cannot guess in the shadow, in the language spoken now; "" where it can."""
    if row.active:
        return _("This model is already in use.")
    if row.kind not in LABELS:
        return _(
            "Models of this kind make no estimates for windows, so there is nothing to compare."
        )
    champion = predictors.active(row.kind)
    if champion is None:
        return _("No model of this kind is in use, so there is nothing to compare it with.")
    if row.card.get(artefacts.OPENING_S) != champion.card.get(artefacts.OPENING_S):
        return _("It takes a person’s baseline from a different period than the model in use.")
    if not predictors.folder_of(str(row)).is_dir():
        return _("The weights of this model are no longer stored.")
    return ""


def verdicts(row: Predictor) -> Sequence[Verdict]:
    """What each gate says of a challenger now; nothing of others."""
    return promotion_gates.judged(row, predictors.active(row.kind)) if row.challenger else ()


@transaction.atomic
def challenge(row: Predictor, *, by: UUID) -> None:
    """Let it guess in the shadow, instead of whichever of its kind did. Raises NotPromoted."""
    if why := why_not(row):
        raise NotPromoted(why)
    _lock(row.kind)
    Predictor.objects.filter(kind=row.kind, challenger=True).update(challenger=False)
    row.challenger = True
    row.save(update_fields=["challenger"])
    _leaf("predictor.challenge", row, by)


@transaction.atomic
def stand_down(row: Predictor, *, by: UUID) -> None:
    """It guesses no longer; what it said is kept as long as ever."""
    if Predictor.objects.filter(pk=row.pk, challenger=True).update(challenger=False):
        _leaf("predictor.stand_down", row, by)


@transaction.atomic
def promote(row: Predictor, *, by: UUID, now: datetime) -> None:
    """Take the challenger into use. Raises NotPromoted with the words of the gates it failed."""
    if not row.challenger:
        raise NotPromoted(_("Run it as a challenger first."))
    predictors.promote(str(row), now=now, by=by)


def destroy(row: Predictor, *, by: UUID | None) -> None:
    """Delete the weights of what is neither in use nor shipped with this release; `by` None = a
    worker does."""
    folder = predictors.folder_of(str(row))
    if row.active or row.challenger or not predictors.is_learned_here(row):
        raise NotPromoted(
            _("Only models that were trained here and are not in use can be destroyed.")
        )
    with transaction.atomic():
        Predictor.objects.filter(pk=row.pk).update(promoted_at=None)
        _leaf("predictor.destroy", row, by)
        transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


def _lock(kind: str) -> None:
    list(Predictor.objects.select_for_update().filter(kind=kind).order_by("pk"))


def _leaf(verb: str, row: Predictor, by: UUID | None) -> None:
    audit.record(verb, actor=by, subject=None, public={"predictor": str(row), "kind": row.kind})
