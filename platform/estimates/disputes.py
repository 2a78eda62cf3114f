"""A Learner's dispute of an estimate: it takes effect at once, everywhere, without evidence (I-18).

The Estimate is disputed from the same transaction on, and so are other Predictors' Estimates of the
same moment. No rule, board or training reads them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.http import Http404

import audit
import push
from consent.permits.gate import Permit
from emotion.labels import OWN_WORDS
from estimates.models import AffectEstimate, Dispute
from vault.sealed_values import Place, seal_value, unseal_value

NO_LABEL = "NONE"
DISPUTE_LABELS = (*OWN_WORDS, NO_LABEL)
DISPUTABLE = ("live", "disputed")
UNDO_WITHIN = timedelta(minutes=10)


class UnknownDisputeLabel(ValueError):
    """The label is unknown; the text says what was expected."""


@transaction.atomic
def dispute(estimate_id: UUID, said: str, permit: Permit, *, now: datetime) -> Dispute:
    """Replace the estimate by the Learner's own label; a later dispute replaces the label.

    Raises Http404 for an Estimate of another Learner, BadWord for an unknown label.
    """
    if said not in DISPUTE_LABELS:
        raise UnknownDisputeLabel(f"expected one of {', '.join(DISPUTE_LABELS)}, got {said[:20]!r}")
    rows = _lock_same_moment(estimate_id, permit)
    words = [_store_dispute(row, said, permit, now) for row in rows]
    _announce("estimate.dispute", rows[0], permit)
    return words[0]


@transaction.atomic
def undo(estimate_id: UUID, permit: Permit, *, now: datetime) -> bool:
    """Undo a dispute within ten minutes; returns False afterwards."""
    rows = _lock_same_moment(estimate_id, permit)
    fresh = Dispute.objects.filter(estimate__in=rows, made_at__gt=now - UNDO_WITHIN)
    taken_back = set(fresh.values_list("estimate_id", flat=True))
    if estimate_id not in taken_back:
        return False
    fresh.delete()
    AffectEstimate.objects.filter(pk__in=taken_back).update(status="live")
    _announce("estimate.dispute", rows[0], permit)
    return True


def read_label(word: Dispute, permit: Permit) -> str:
    """Return the Learner's own label."""
    return str(unseal_value(bytes(word.sealed), place=_place(word.estimate_id, permit)))


def _store_dispute(row: AffectEstimate, said: str, permit: Permit, now: datetime) -> Dispute:
    row.status = "disputed"
    row.save(update_fields=["status"])
    sealed = seal_value(
        said, place=_place(row.id, permit), scopes={permit.scope: permit.epoch}, now=now
    )
    word, _ = Dispute.objects.update_or_create(
        estimate=row, defaults={"learner": row.learner, "sealed": sealed, "made_at": now}
    )
    return word


def _lock_same_moment(estimate_id: UUID, permit: Permit) -> list[AffectEstimate]:
    """Lock one's own Estimate and the others of the same Window; own first, one lock order."""
    named = AffectEstimate.objects.filter(id=estimate_id, learner__code=permit.subject).first()
    if named is None:
        raise Http404
    rows = AffectEstimate.objects.select_for_update(of=["self"]).select_related(
        "learner", "sitting__unit__course"
    )
    rows = rows.filter(sitting=named.sitting_id, cut=named.cut, status__in=DISPUTABLE).order_by(
        "pk"
    )
    found = {row.id: row for row in rows}
    if estimate_id not in found:
        raise Http404
    return [found.pop(estimate_id), *found.values()]


def _announce(verb: str, row: AffectEstimate, permit: Permit) -> None:
    audit.record(verb, actor=permit.subject, subject=permit.subject, public={"estimate": row.id})
    push.notify(f"course.{row.sitting.unit.course.slug}", {"type": "teaching.changed"})


def _place(estimate_id: UUID, permit: Permit) -> Place:
    return Place("estimates_dispute", "sealed", str(estimate_id), permit.subject)
