"""A grade as its Learner reads it, with the Teacher and the reason of an override."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from courses import attempts
from courses.gradebook import course_totals, grades
from courses.gradebook.course_totals import CourseTotal
from courses.gradebook.grades import Grade
from courses.gradebook.regrade_notes import RegradeNote, grade_notes
from courses.gradebook.teacher_names import teacher_name
from courses.models import Course, Unit


@dataclass(frozen=True, slots=True)
class LearnerGrade:
    """`by` is empty unless a Teacher set the grade.

    `own` is the grade of the best Attempt. `regrade` is the regrade that changed the grade last.
    """

    unit: Unit
    percent: int
    own: int | None
    by: str
    at: datetime | None
    reason: str
    regrade: RegradeNote | None = None


def load_unit_grade(learner: User, unit: Unit) -> LearnerGrade | None:
    """Return the grade of one test; None until there is one."""
    found = grades.load_grade(learner, unit)
    if found is None:
        return None
    return _learner_grade(unit, found, grade_notes(learner, [unit]).get(unit.pk))


def load_course_grades(learner: User, course: Course) -> list[LearnerGrade]:
    """Return each grade of this Learner in the course, in the order of its units."""
    tests = course.units.filter(position__isnull=False, scenario="graded").order_by("position")
    units = list(tests)
    found = grades.load_grades(learner, units)
    notes = grade_notes(learner, units)
    return [
        _learner_grade(each, found[each.pk], notes.get(each.pk))
        for each in units
        if each.pk in found
    ]


def load_course_total(
    course: Course, units: Sequence[Unit], found: Sequence[LearnerGrade]
) -> CourseTotal | None:
    """Return the course total from these grades; None where the course has no total."""
    graded = [unit for unit in units if unit.scenario == "graded"]
    categories = course_totals.load_categories(course, graded)
    return course_totals.compute_total(categories, {each.unit.pk: each.percent for each in found})


def _learner_grade(unit: Unit, grade: Grade, regrade: RegradeNote | None) -> LearnerGrade:
    own = None if grade.attempt is None else attempts.percent_of(grade.attempt)
    row = grade.override
    return LearnerGrade(
        unit=unit,
        percent=grade.percent,
        own=own,
        by="" if row is None else teacher_name(row.by),
        at=None if row is None else row.made_at,
        reason="" if row is None else grades.reason_of(row),
        regrade=regrade if row is None else None,
    )
