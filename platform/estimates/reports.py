"""What Learners say about themselves: stored once, sealed, and above every Estimate.

"I'm stuck" and "Got it" are also acts in the course: they leave an event that a Teacher may see.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from consent.gate import Permit
from estimates.models import REPORT_LABELS, SelfReport
from telemetry import events
from telemetry.models import Sitting
from vault.values import Place, seal_value, unseal_value

ACTS = ("stuck", "got_it")
# By then the Window it was said in is over and guessed about.
LEARN_AFTER = timedelta(seconds=20)


class BadReport(ValueError):
    """The label is none of ours; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Said:
    """One report, opened: what was said, and when."""

    sitting: UUID
    label: str
    t: float
    at: datetime


@transaction.atomic
def store(
    sitting: Sitting, report_id: UUID, t: float, label: str, permit: Permit, *, now: datetime
) -> bool:
    """Store one report; False when this id was stored before."""
    if label not in REPORT_LABELS:
        raise BadReport(f"expected a label of {', '.join(REPORT_LABELS)}, got {label[:20]!r}")
    sealed = seal_value(
        label, place=_place(report_id, permit), scopes={permit.scope: permit.epoch}, now=now
    )
    report, created = SelfReport.objects.get_or_create(
        id=report_id,
        defaults={
            "sitting": sitting,
            "learner": sitting.learner,
            "t": t,
            "sealed": sealed,
            "made_at": now,
            "due_at": None if label in ACTS else now + LEARN_AFTER,
        },
    )
    if report.sitting_id != sitting.id:
        raise BadReport("expected an id of this Sitting's own, got one that is taken")
    if created and label in ACTS:
        events.store(sitting, report_id, t, label, None, None, now)
    return created


def said_since(permit: Permit, since: datetime) -> Sequence[Said]:
    """What this Learner said since then, oldest first."""
    return said_by([permit], since).get(permit.subject, [])


def said_by(permits: Collection[Permit], since: datetime) -> dict[UUID, list[Said]]:
    """What each of these Learners said since then, oldest first; by whom."""
    known = {permit.subject: permit for permit in permits}
    rows = SelfReport.objects.filter(learner__code__in=known, made_at__gte=since)
    found: dict[UUID, list[Said]] = {}
    for row in rows.annotate(who=F("learner__code")).order_by("made_at"):
        found.setdefault(row.who, []).append(_opened(row, known[row.who]))
    return found


def _opened(row: SelfReport, permit: Permit) -> Said:
    label = unseal_value(bytes(row.sealed), place=_place(row.id, permit))
    return Said(row.sitting_id, str(label), row.t, row.made_at)


def _place(report_id: UUID, permit: Permit) -> Place:
    return Place("estimates_selfreport", "sealed", str(report_id), permit.subject)
