"""`/teach/<slug>/grades/`: the gradebook, and one Learner's attempts at one test.

Grades are course data: viewing them needs no Share and leaves no leaf. A Teacher's change leaves
one, and the Learner sees it with the Teacher's name and reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import current_user, require_person
from accounts.models import User
from courses import attempts
from courses.access import course_for_teacher
from courses.attempts import AttemptOverview
from courses.gradebook import learner_grades
from courses.gradebook.attempt_scores import describe_score
from courses.gradebook.course_totals import CourseTotal
from courses.gradebook.learner_grades import LearnerGrade
from courses.models import Attempt, Course, Extra, Unit
from privacy.csv_response import csv_of
from teaching.csv_export import files_in_source
from teaching.grades import actions
from teaching.grades.forms import ExtraForm, GradeForm
from teaching.grades.gradebook import Gradebook, GradebookCell, load_gradebook
from teaching.layout import frame_of
from teaching.learners.views import learner_of

DONE_HEADING = "units done"


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One Attempt as its Teacher sees it."""

    attempt: Attempt
    counts: bool
    score: str


@dataclass(frozen=True, slots=True)
class GradeRecord:
    """Everything about one Learner's test."""

    turns: AttemptOverview
    rows: tuple[AttemptRow, ...]
    grade: LearnerGrade | None
    extra: Extra | None


@require_safe
@require_person
@files_in_source
def gradebook(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the gradebook; `?as=csv` returns it as a file."""
    course = course_for_teacher(current_user(request), slug)
    found = load_gradebook(course)
    if request.GET.get("as") == "csv":
        return _csv_response(course, found)
    context = {"teach": frame_of(course, "grades"), "book": found}
    return render(request, "teaching/grades.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def grade_record(request: HttpRequest, slug: str, learner: UUID, unit: UUID) -> HttpResponse:
    """Show one Learner's attempts at one test; a POST of `act` changes something."""
    course, now, problem = course_for_teacher(current_user(request), slug), timezone.now(), ""
    who, person = learner_of(course, learner)
    test = test_of(course, unit)
    if request.method == "POST":
        try:
            name = request.POST.get("act", "")
            actions.perform_action(
                name, person, test, request.POST.dict(), by=current_user(request), now=now
            )
            return redirect("teaching:grade", slug=slug, learner=learner, unit=unit)
        except actions.ActionRefused as refused:
            problem = str(refused)
    context = {
        "teach": frame_of(course, "grades"),
        "who": who,
        "unit": test,
        "record": load_record(person, test, now=now),
        "grade_form": GradeForm(_refused_input(request, "grade")),
        "extra_form": ExtraForm(_refused_input(request, "extra")),
        "problem": problem,
    }
    return render(request, "teaching/grade.html", context, status=422 if problem else 200)


def test_of(course: Course, code: UUID) -> Unit:
    """Return a test of this course; 404 for any other unit."""
    found = course.units.filter(code=code, position__isnull=False).exclude(scenario="course")
    unit = found.select_related("course").first()
    if unit is None:
        raise Http404
    return unit


def load_record(learner: User, unit: Unit, *, now: datetime) -> GradeRecord:
    turns = attempts.load_overview(learner, unit, now=now)
    best = attempts.find_best(turns.done)
    rows = Attempt.objects.filter(learner=learner, unit=unit).order_by("number")
    return GradeRecord(
        turns=turns,
        rows=tuple(
            AttemptRow(row, row == best, describe_score(row))
            for row in rows.defer("answers_sealed")
        ),
        grade=learner_grades.load_unit_grade(learner, unit),
        extra=Extra.objects.filter(learner=learner, unit=unit, undone_at=None).first(),
    )


def _refused_input(request: HttpRequest, name: str) -> dict[str, str] | None:
    """Return the refused input of a form, to fill it in again."""
    mine = request.method == "POST" and request.POST.get("act") == name
    return request.POST.dict() if mine else None


def _csv_response(course: Course, found: Gradebook) -> HttpResponse:
    total = ["course total so far"] if found.has_total else []
    head = ["learner", DONE_HEADING, *(unit.title for unit in found.units), *total]
    rows = [
        [
            line.who.name,
            f"{line.done} of {found.unit_count}",
            *(_percent(cell) for cell in line.cells),
            *([_percent(line.total)] if line.total else []),
        ]
        for line in found.lines
    ]
    return csv_of(f"grades-{course.slug}", head, rows)


def _percent(cell: GradebookCell | CourseTotal) -> object:
    return "" if cell.percent is None else cell.percent
