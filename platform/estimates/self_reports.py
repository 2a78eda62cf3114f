"""Learners' self-reports: stored once, sealed, and ranked above every Estimate.

"I'm stuck" and "Got it" are also actions in the course and leave an event that a Teacher may see. A
report is a label, or valence and arousal levels (SAM: Bradley & Lang 1994), or both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from consent.permits.gate import Permit
from estimates.models import LEVEL_LABELS, REPORT_LABELS, SelfReport
from telemetry import events
from telemetry.models import GOT_IT, STUCK, Sitting
from vault.sealed_values import Place, seal_value, unseal_value

ACTS = (STUCK, GOT_IT)
LEVELS = tuple(label.lower() for label in LEVEL_LABELS)
STEPS = range(1, 10)
# By then the Window of the report is over and has its estimate.
LEARN_AFTER = timedelta(seconds=20)


class BadReport(ValueError):
    """An impossible report; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """One self-report, unsealed: what was reported, when, and on which occasion.

    `label` "" = none; `levels` has those of `LEVELS` that were given, 1 to 9.
    """

    sitting: UUID
    label: str
    t: float
    at: datetime
    levels: Mapping[str, int] = field(default_factory=dict)
    occasion: str = "own"


def store(
    sitting: Sitting,
    report_id: UUID,
    t: float,
    label: str,
    permit: Permit,
    *,
    now: datetime,
    levels: Mapping[str, int] | None = None,
    occasion: str = "own",
) -> bool:
    """Store one report; returns False when this id was stored before."""
    value = _check_report(label, levels or {})
    sealed = seal_value(
        value, place=_place(report_id, permit), scopes={permit.scope: permit.epoch}, now=now
    )
    report = SelfReport(
        id=report_id,
        sitting=sitting,
        learner=sitting.learner,
        t=t,
        occasion=occasion,
        sealed=sealed,
        made_at=now,
        due_at=now + LEARN_AFTER if label and label not in ACTS else None,
    )
    try:
        _insert(report, label)
    except IntegrityError:
        _check_earlier_report(report)
        return False
    return True


def _check_report(label: str, levels: Mapping[str, int]) -> dict[str, str | int]:
    """Return the value to seal. Raises BadReport."""
    if label not in (*REPORT_LABELS, "") or not (label or levels):
        raise BadReport(f"expected a label of {', '.join(REPORT_LABELS)}, got {label[:20]!r}")
    if not all(name in LEVELS and step in STEPS for name, step in levels.items()):
        raise BadReport(f"expected {' and '.join(LEVELS)} from {STEPS[0]} to {STEPS[-1]}")
    return {"label": label, **levels}


@transaction.atomic
def _insert(report: SelfReport, label: str) -> None:
    report.save(force_insert=True)
    if label in ACTS:
        events.store(report.sitting, report.id, report.t, label, None, None, report.made_at)


def _check_earlier_report(report: SelfReport) -> None:
    """Raise BadReport unless this very report is stored already."""
    before = SelfReport.objects.filter(id=report.id).values_list("sitting_id", flat=True).first()
    if before is None:
        raise BadReport("expected one answer to being asked how it is")
    if before != report.sitting_id:
        raise BadReport("expected an id of this Sitting's own, got one that is taken")


def reports_since(permit: Permit, since: datetime) -> Sequence[OpenedReport]:
    """Return this Learner's reports since then, oldest first."""
    return reports_by([permit], since).get(permit.subject, [])


def reports_by(permits: Collection[Permit], since: datetime) -> dict[UUID, list[OpenedReport]]:
    """Return the reports of each of these Learners since then, oldest first, by Learner code."""
    known = {permit.subject: permit for permit in permits}
    rows = SelfReport.objects.filter(learner__code__in=known, made_at__gte=since)
    found: dict[UUID, list[OpenedReport]] = {}
    for row in rows.annotate(who=F("learner__code")).order_by("made_at"):
        found.setdefault(row.who, []).append(_open(row, known[row.who]))
    return found


def _open(row: SelfReport, permit: Permit) -> OpenedReport:
    value = dict(unseal_value(bytes(row.sealed), place=_place(row.id, permit)))
    label = str(value.pop("label"))
    return OpenedReport(row.sitting_id, label, row.t, row.made_at, value, row.occasion)


def _place(report_id: UUID, permit: Permit) -> Place:
    return Place("estimates_selfreport", "sealed", str(report_id), permit.subject)
