"""The Learner's word against a guess: it wins at once, everywhere, without evidence (I-18).

The Estimate stands as disputed from the same transaction on: no rule, board or training reads it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.http import Http404

import audit
import push
from consent.gate import Permit
from estimates.models import AFFECT_LABELS, AffectEstimate, Dispute
from vault.values import Place, seal_value, unseal_value

NONE_OF_THESE = "NONE"
SAID = (*AFFECT_LABELS, NONE_OF_THESE)
UNDO_WITHIN = timedelta(minutes=10)


class BadWord(ValueError):
    """The label is none of ours; the text says what was expected."""


@transaction.atomic
def dispute(estimate_id: UUID, said: str, permit: Permit, *, now: datetime) -> Dispute:
    """Put `said` in place of the guess; saying something else later replaces it again.

    Raises Http404 for an Estimate of somebody else, BadWord for an unknown label.
    """
    if said not in SAID:
        raise BadWord(f"expected one of {', '.join(SAID)}, got {said[:20]!r}")
    row = _own(estimate_id, permit)
    row.status = "disputed"
    row.save(update_fields=["status"])
    sealed = seal_value(
        said, place=_place(estimate_id, permit), scopes={permit.scope: permit.epoch}, now=now
    )
    word, _ = Dispute.objects.update_or_create(
        estimate=row, defaults={"learner": row.learner, "sealed": sealed, "made_at": now}
    )
    _tell("estimate.dispute", row, permit)
    return word


@transaction.atomic
def undo(estimate_id: UUID, permit: Permit, *, now: datetime) -> bool:
    """Take the word back within ten minutes; False afterwards."""
    row = _own(estimate_id, permit)
    fresh = Dispute.objects.filter(estimate=row, made_at__gt=now - UNDO_WITHIN)
    if not fresh.delete()[0]:
        return False
    row.status = "live"
    row.save(update_fields=["status"])
    _tell("estimate.dispute", row, permit)
    return True


def said_of(word: Dispute, permit: Permit) -> str:
    """What was said instead."""
    return str(unseal_value(bytes(word.sealed), place=_place(word.estimate_id, permit)))


def _own(estimate_id: UUID, permit: Permit) -> AffectEstimate:
    rows = AffectEstimate.objects.select_for_update(of=["self"]).select_related(
        "learner", "sitting__unit__course"
    )
    row = rows.filter(id=estimate_id, learner__code=permit.subject).first()
    if row is None or row.status not in ("live", "disputed"):
        raise Http404
    return row


def _tell(verb: str, row: AffectEstimate, permit: Permit) -> None:
    audit.record(verb, actor=permit.subject, subject=permit.subject, public={"estimate": row.id})
    push.notify(f"course.{row.sitting.unit.course.slug}", {"type": "teaching.changed"})


def _place(estimate_id: UUID, permit: Permit) -> Place:
    return Place("estimates_dispute", "sealed", str(estimate_id), permit.subject)
