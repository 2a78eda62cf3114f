"""A Learner's dispute of the behaviour estimated in one Sitting; it takes effect at once (I-18).

Its steps are disputed from the same transaction on, and so are those still to come: no rule, page
or class summary reads them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404

import audit
import push
from consent.permits.gate import Permit
from estimates.disputes import UNDO_WITHIN
from estimates.models import BehaviourEstimate, DisputedSitting
from telemetry.models import Sitting


@transaction.atomic
def dispute(sitting_id: UUID, permit: Permit, *, now: datetime) -> None:
    """Dispute every step of one's own Sitting. Raises Http404 where it is another's."""
    sitting = _lock_own(sitting_id, permit)
    # After a snapshot that holds the steps, so that the row's id is above the one it noted.
    _move_steps(sitting, "live", "disputed")
    DisputedSitting.objects.get_or_create(
        sitting=sitting, defaults={"learner_id": sitting.learner_id, "made_at": now}
    )
    _announce(sitting, permit)


@transaction.atomic
def undo(sitting_id: UUID, permit: Permit, *, now: datetime) -> bool:
    """Undo the dispute within ten minutes; returns False afterwards."""
    sitting = _lock_own(sitting_id, permit)
    fresh = DisputedSitting.objects.filter(sitting=sitting, made_at__gt=now - UNDO_WITHIN)
    if not fresh.delete()[0]:
        return False
    _move_steps(sitting, "disputed", "live")
    _announce(sitting, permit)
    return True


def find_disputed(sittings: Collection[UUID]) -> set[UUID]:
    """Return those of these Sittings whose behaviour their Learner disputed."""
    rows = DisputedSitting.objects.filter(sitting__in=sittings)
    return set(rows.values_list("sitting_id", flat=True))


def _lock_own(sitting_id: UUID, permit: Permit) -> Sitting:
    rows = Sitting.objects.select_for_update(of=["self"]).select_related("unit__course")
    sitting = rows.filter(pk=sitting_id, learner__code=permit.subject).first()
    if sitting is None:
        raise Http404
    return sitting


def _move_steps(sitting: Sitting, before: str, after: str) -> None:
    """Change their status, after locking them in one order."""
    rows = BehaviourEstimate.objects.select_for_update().filter(sitting=sitting, status=before)
    pks = list(rows.order_by("pk").values_list("pk", flat=True))
    BehaviourEstimate.objects.filter(pk__in=pks).update(status=after)


def _announce(sitting: Sitting, permit: Permit) -> None:
    audit.record(
        "estimate.dispute", actor=permit.subject, subject=permit.subject,
        public={"sitting": sitting.pk},
    )  # fmt: skip
    push.notify(f"course.{sitting.unit.course.slug}", {"type": "teaching.changed"})
