"""Learners × graded tests; the number of queries does not depend on the number of Learners."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.name_order import by_name
from courses import attempts, completion
from courses.gradebook import course_totals, grades
from courses.gradebook.course_totals import CategorySettings, CourseTotal
from courses.models import Attempt, Course, GradeOverride, Unit
from teaching.grades.group_dates import list_group_dates
from teaching.roster import PersonFace, load_faces


@dataclass(frozen=True, slots=True)
class GradebookCell:
    """The grade of one Learner in one test. `percent` None = none yet; `by_hand` = overridden.

    `waits` = an attempt has answers to mark, so a grade may come or rise.
    """

    unit: UUID
    percent: int | None
    by_hand: bool
    runs: bool
    waits: bool
    turns: int


@dataclass(frozen=True, slots=True)
class GradebookRow:
    """One Learner: how many units are done, a cell for each test, and the total if there is one."""

    who: PersonFace
    done: int
    cells: tuple[GradebookCell, ...]
    total: CourseTotal | None


@dataclass(frozen=True, slots=True)
class Gradebook:
    """The graded tests and a row for each Learner.

    `own_dates`: how many groups have another due date, by the pk of the test.
    """

    units: tuple[Unit, ...]
    own_dates: Mapping[int, int]
    unit_count: int
    lines: tuple[GradebookRow, ...]

    @property
    def columns(self) -> list[tuple[Unit, int]]:
        """Return each test, and how many groups have another due date."""
        return [(unit, self.own_dates.get(unit.pk, 0)) for unit in self.units]

    @property
    def has_total(self) -> bool:
        return any(line.total is not None for line in self.lines)


def load_gradebook(course: Course) -> Gradebook:
    """Return the gradebook of the course, by name."""
    units = list(course.units.filter(position__isnull=False).order_by("position"))
    graded = [unit for unit in units if unit.scenario == "graded"]
    class_, done = load_faces(course), completion.count_done(course)
    taken = _attempts_by_learner(graded)
    given = grades.load_overrides(graded, class_)
    categories = course_totals.load_categories(course, graded)
    lines = []
    for pk, who in class_.items():
        cells = tuple(
            _make_cell(unit, taken[pk, unit.pk], given.get((pk, unit.pk))) for unit in graded
        )
        lines.append(
            GradebookRow(who, done.get(pk, 0), cells, _compute_total(categories, graded, cells))
        )
    rows = tuple(by_name(lines, lambda line: line.who.name))
    other = list_group_dates(course).filter(due_at__isnull=False)
    own_dates = Counter(other.values_list("unit", flat=True))
    return Gradebook(tuple(graded), own_dates, len(units), rows)


def _compute_total(
    categories: Sequence[CategorySettings], units: Sequence[Unit], cells: Sequence[GradebookCell]
) -> CourseTotal | None:
    percents = {
        unit.pk: cell.percent
        for unit, cell in zip(units, cells, strict=True)
        if cell.percent is not None
    }
    return course_totals.compute_total(categories, percents)


def _attempts_by_learner(units: Sequence[Unit]) -> dict[tuple[int, int], list[Attempt]]:
    """Return the Attempts that count, by Learner and unit."""
    found: dict[tuple[int, int], list[Attempt]] = defaultdict(list)
    rows = Attempt.objects.filter(unit__in=units, reset_at=None).defer("answers_sealed")
    for row in rows:
        found[row.learner_id, row.unit_id].append(row)
    return found


def _make_cell(
    unit: Unit, taken: Sequence[Attempt], override: GradeOverride | None
) -> GradebookCell:
    done = [row for row in taken if row.handed_in_at is not None]
    grade = grades.choose_grade(attempts.find_best(done), override)
    return GradebookCell(
        unit=unit.code,
        percent=None if grade is None else grade.percent,
        by_hand=override is not None,
        runs=len(done) < len(taken),
        waits=any(not row.is_final for row in done),
        turns=len(done),
    )
