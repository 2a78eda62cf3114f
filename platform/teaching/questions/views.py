"""`/teach/<slug>/items/`: statistics of the questions of a course, and wrong answers to one.

The figures describe a question for a group; they identify no person and grade no one.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_person
from courses.access import course_for_teacher
from courses.models import Course, Question
from emotion.evaluation.statistics.item_analysis import LEAST_PEOPLE
from privacy.csv_response import csv_of
from teaching.csv_export import files_in_source
from teaching.groups.group_filter import EVERYBODY, audience_of
from teaching.layout import frame_of
from teaching.questions.report import (
    QuestionFigures,
    QuestionRow,
    find_questions_in_use,
    question_rows,
)
from teaching.questions.wrong_answers import load_wrong_answers

HEAD = (
    "unit", "place", "question", "people", "right at once", "low", "high",
    "average points", "low", "high", "parting", "low", "high", "seconds", "used a hint",
)  # fmt: skip
HELD_BACK = "too few people"


@require_safe
@require_person
@files_in_source
def question_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Show every question. `?who=` selects a group, `?as=csv` returns the table as a file."""
    course = course_for_teacher(current_user(request), slug)
    audience = audience_of(course, request.GET.get("who", EVERYBODY))
    lines = question_rows(course, audience) if audience.learners else []
    if request.GET.get("as") == "csv":
        return csv_of(f"{course.slug}-questions", HEAD, map(csv_row, lines))
    context = {
        "teach": frame_of(course, "items"),
        "audience": audience,
        "lines": lines,
        "partly": any(line.figures and line.figures.points for line in lines),
        "least": LEAST_PEOPLE,
    }
    return render(request, "teaching/items.html", context)


@require_safe
@require_person
def question_page(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Show one question and its frequent wrong answers."""
    course = course_for_teacher(current_user(request), slug)
    question = question_of(course, code)
    audience = audience_of(course, request.GET.get("who", EVERYBODY))
    context = {
        "teach": frame_of(course, "items"),
        "audience": audience,
        "question": question,
        "line": next((line for line in question_rows(course, audience) if line.code == code), None),
        "wrong": load_wrong_answers(question, audience, now=timezone.now()),
        "least": LEAST_PEOPLE,
        "authors": "author" in current_user(request).roles,
    }
    return render(request, "teaching/item.html", context)


def question_of(course: Course, code: UUID) -> Question:
    """Return a question of this course that is in use; 404 for any other."""
    rows = find_questions_in_use(course).filter(code=code)
    question = rows.select_related("unit", "course").first()
    if question is None:
        raise Http404
    return question


def csv_row(line: QuestionRow) -> tuple[object, ...]:
    """Return one row of the file."""
    return (
        line.unit,
        line.place,
        line.prompt,
        *(_figure_cells(line.figures) if line.figures else [HELD_BACK]),
    )


def _figure_cells(found: QuestionFigures) -> Iterator[object]:
    yield found.right.n
    yield from (round(value, 2) for value in (found.right.value, found.right.low, found.right.high))
    yield from _points_cells(found)
    parting = found.parting
    if parting is None:
        yield from ("", "", "")
    else:
        yield from (round(value, 2) for value in (parting.value, parting.low, parting.high))
    yield from (round(found.median_s), round(found.helped.value, 2))


def _points_cells(found: QuestionFigures) -> Iterator[object]:
    """Yield the mean share of the points and its interval; empty where there is none."""
    points = found.points_percent
    yield "" if points is None else points.value / 100
    if points is None or not found.has_points_range:
        yield from ("", "")
    else:
        yield from (points.low / 100, points.high / 100)
