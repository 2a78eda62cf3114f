"""`/teach/<slug>/grades/`: the gradebook, and one Learner's turns at one test.

Grades are course data: no Share is needed to see them, and a look leaves no leaf. What a Teacher
changes does, and the Learner reads it with the name and the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import require_person
from accounts.models import User
from courses import attempts
from courses.access import course_for_teacher
from courses.attempts import AttemptOverview
from courses.gradebook import learner_grades
from courses.gradebook.learner_grades import LearnerGrade
from courses.models import Attempt, Course, Extra, Unit
from privacy.csv_response import csv_of
from teaching.csv_export import files_in_source
from teaching.grades import actions
from teaching.grades.forms import ExtraForm, GradeForm
from teaching.grades.gradebook import Book, Cell, book
from teaching.layout import frame_of, teacher
from teaching.learners.views import learner_of

DONE = "units done"


@dataclass(frozen=True, slots=True)
class Turn:
    """One Attempt as its Teacher sees it."""

    attempt: Attempt
    counts: bool


@dataclass(frozen=True, slots=True)
class Record:
    """Everything about one Learner's test."""

    turns: AttemptOverview
    rows: tuple[Turn, ...]
    grade: LearnerGrade | None
    extra: Extra | None


@require_safe
@require_person
@files_in_source
def gradebook(request: HttpRequest, slug: str) -> HttpResponse:
    """The table; `?as=csv` the same as a file."""
    course = course_for_teacher(teacher(request), slug)
    found = book(course)
    if request.GET.get("as") == "csv":
        return _file(course, found)
    context = {"teach": frame_of(course, "grades"), "book": found}
    return render(request, "teaching/grades.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def record(request: HttpRequest, slug: str, learner: UUID, unit: UUID) -> HttpResponse:
    """One Learner's turns at one test; a POST of `act` changes something."""
    course, now, problem = course_for_teacher(teacher(request), slug), timezone.now(), ""
    who, person = learner_of(course, learner)
    test = test_of(course, unit)
    if request.method == "POST":
        try:
            name = request.POST.get("act", "")
            actions.act(name, person, test, request.POST.dict(), by=teacher(request), now=now)
            return redirect("teaching:grade", slug=slug, learner=learner, unit=unit)
        except actions.Refused as refused:
            problem = str(refused)
    context = {
        "teach": frame_of(course, "grades"),
        "who": who,
        "unit": test,
        "record": record_of(person, test),
        "grade_form": GradeForm(_typed(request, "grade")),
        "extra_form": ExtraForm(_typed(request, "extra")),
        "problem": problem,
    }
    return render(request, "teaching/grade.html", context, status=422 if problem else 200)


def test_of(course: Course, code: UUID) -> Unit:
    """A test of this course; any other unit is not there."""
    found = course.units.filter(code=code, position__isnull=False).exclude(scenario="course")
    unit = found.select_related("course").first()
    if unit is None:
        raise Http404
    return unit


def record_of(learner: User, unit: Unit) -> Record:
    turns = attempts.load_overview(learner, unit)
    best = attempts.find_best(turns.done)
    rows = Attempt.objects.filter(learner=learner, unit=unit).order_by("number")
    return Record(
        turns=turns,
        rows=tuple(Turn(row, row == best) for row in rows.defer("answers_sealed")),
        grade=learner_grades.load_unit_grade(learner, unit),
        extra=Extra.objects.filter(learner=learner, unit=unit, undone_at=None).first(),
    )


def _typed(request: HttpRequest, name: str) -> dict[str, str] | None:
    """What stands in a form again after it was refused."""
    mine = request.method == "POST" and request.POST.get("act") == name
    return request.POST.dict() if mine else None


def _file(course: Course, found: Book) -> HttpResponse:
    head = ["learner", DONE, *(unit.title for unit in found.units)]
    rows = [
        [line.who.name, f"{line.done} of {found.of}", *(_percent(cell) for cell in line.cells)]
        for line in found.lines
    ]
    return csv_of(f"grades-{course.slug}", head, rows)


def _percent(cell: Cell) -> object:
    return "" if cell.percent is None else cell.percent
