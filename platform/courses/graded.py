"""A grade as its Learner reads it: the number, and where a Teacher put it there, who and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.people import name_of
from courses import attempts, grades
from courses.grades import Grade
from courses.models import Course, Unit
from vault.errors import KeyDestroyed


@dataclass(frozen=True, slots=True)
class Told:
    """`by` is empty where the grade is the test's own; `own` = what the best Attempt came to."""

    unit: Unit
    percent: int
    own: int | None
    by: str
    at: datetime | None
    reason: str


def told(unit: Unit, grade: Grade) -> Told:
    own = None if grade.attempt is None else round(100 * attempts.share(grade.attempt))
    row = grade.override
    return Told(
        unit=unit,
        percent=grade.percent,
        own=own,
        by="" if row is None else _name(row.by),
        at=None if row is None else row.made_at,
        reason="" if row is None else grades.reason_of(row),
    )


def of_course(learner: User, course: Course) -> list[Told]:
    """Every grade of this Learner in the course, in the order of its units."""
    tests = course.units.filter(position__isnull=False, scenario="graded").order_by("position")
    units = list(tests)
    found = grades.of_each(learner, units)
    return [told(unit, found[unit.pk]) for unit in units if unit.pk in found]


def _name(person: User | None) -> str:
    try:
        return _("a teacher") if person is None else name_of(person)
    except KeyDestroyed:
        return _("a teacher")
