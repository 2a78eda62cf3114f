"""The grade of a graded test: that of the best Attempt, or a Teacher's override.

The reason of an override is sealed under scope `course` of the Learner.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.models import User
from courses import attempts
from courses.models import Attempt, GradeOverride, Unit
from vault.sealed_values import Place, seal_value, unseal_value

SCOPES: Final = {"course": 0}
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade in percent, and its source: an Attempt, or a Teacher's override."""

    percent: int
    attempt: Attempt | None
    override: GradeOverride | None


def load_grade(learner: User, unit: Unit) -> Grade | None:
    """Return the grade; None until an Attempt is final or a Teacher set a grade."""
    return load_grades(learner, [unit]).get(unit.pk)


def load_grades(learner: User, units: Sequence[Unit]) -> dict[int, Grade]:
    """Return the grades of many tests by unit pk, where there is one, in two queries."""
    counting = Attempt.objects.filter(learner=learner, unit__in=units, reset_at=None)
    done: dict[int, list[Attempt]] = defaultdict(list)
    for row in counting.exclude(handed_in_at=None).order_by("number"):
        done[row.unit_id].append(row)
    given = load_overrides(units, [learner.pk])
    found = {
        unit.pk: choose_grade(attempts.find_best(done[unit.pk]), given.get((learner.pk, unit.pk)))
        for unit in units
    }
    return {unit: each for unit, each in found.items() if each is not None}


def waits_for_marks(learner: User, unit: Unit) -> bool:
    """Return whether an Attempt that counts has answers without a mark."""
    rows = Attempt.objects.filter(learner=learner, unit=unit, reset_at=None)
    return rows.filter(unmarked__gt=0).exists()


def choose_grade(best: Attempt | None, override: GradeOverride | None) -> Grade | None:
    if override is not None:
        return Grade(override.percent, best, override)
    return None if best is None else Grade(attempts.percent_of(best), best, None)


def load_overrides(
    units: Iterable[Unit], learners: Iterable[int]
) -> dict[tuple[int, int], GradeOverride]:
    """Return the overrides in force, by Learner and unit."""
    rows = GradeOverride.objects.filter(unit__in=units, learner__in=learners, undone_at=None)
    return {(row.learner_id, row.unit_id): row for row in rows.select_related("by", "learner")}


@transaction.atomic
def set_override(
    learner: User, unit: Unit, percent: int, reason: str, *, by: User, now: datetime
) -> GradeOverride:
    """Set a grade in place of the current one. ValueError without a reason."""
    if not reason.strip():
        raise ValueError("expected a reason for the grade, got none")
    undo_override(learner, unit, now=now)
    made = uuid.uuid4()
    return GradeOverride.objects.create(
        id=made,
        learner=learner,
        unit=unit,
        by=by,
        percent=percent,
        reason_sealed=seal_value(
            reason.strip()[:LONGEST_REASON],
            place=_place(made, learner.code),
            scopes=SCOPES,
            now=now,
        ),
        made_at=now,
    )


def undo_override(learner: User, unit: Unit, *, now: datetime) -> bool:
    """Use the test's own grade again; return whether there was an override."""
    rows = GradeOverride.objects.filter(learner=learner, unit=unit, undone_at=None)
    return bool(rows.update(undone_at=now))


def reason_of(row: GradeOverride) -> str:
    """Return what the Teacher wrote; raise KeyDestroyed once the Learner's account is erased."""
    return str(unseal_value(bytes(row.reason_sealed), place=_place(row.id, row.learner.code)))


def _place(row: UUID, subject: UUID) -> Place:
    return Place("courses_gradeoverride", "reason_sealed", str(row), subject)
