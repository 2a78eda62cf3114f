"""`/teach/<slug>/marking/`: read answers of tests, and give points and a comment.

Answers in a test are course data, as grades are: reading them needs no Share and leaves no leaf. A
mark leaves one, and the Learner sees it with the Teacher's name and comment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

import audit
from accounts.access import current_user, require_person
from accounts.models import User
from courses.access import course_for_teacher
from courses.answer_files import storage
from courses.answer_files.download import send_file
from courses.gradebook import marks
from courses.models import Course, OpenAnswer, Unit
from courses.questions.rubric import read_rubric
from teaching.layout import frame_of
from teaching.marking import queue, view_model
from teaching.marking.forms import MarkForm
from teaching.marking.view_model import AnswerPage
from vault.errors import KeyDestroyed

HIDDEN = "?names=hidden"


@dataclass(frozen=True, slots=True)
class AnswerPlace:
    """One answer, and all answers to the same question of the same test."""

    course: Course
    answer: OpenAnswer
    answers: list[OpenAnswer]


@require_safe
@require_person
def task_list(request: HttpRequest, slug: str) -> HttpResponse:
    """List the questions with answers to mark."""
    course = course_for_teacher(current_user(request), slug)
    context = {"teach": frame_of(course, "marking"), "tasks": queue.load_tasks(course)}
    return render(request, "teaching/marking/tasks.html", context)


@require_safe
@require_person
def answer_list(request: HttpRequest, slug: str, unit: UUID, question: UUID) -> HttpResponse:
    """List the answers to one question of a test; `?names=hidden` numbers them instead."""
    course = course_for_teacher(current_user(request), slug)
    # A unit that was removed or is no test any more still has answers to mark.
    test = get_object_or_404(course.units, code=unit)
    asked = get_object_or_404(course.questions, code=question)
    answers = queue.load_answers(course, test, asked)
    waiting = queue.list_waiting(answers)
    lines = view_model.load_lines(answers, waiting, hides_names=_hides_names(request))
    context = {
        "teach": frame_of(course, "marking"),
        "unit": test,
        "question": asked,
        "lines": lines,
        "marked": sum(bool(line.points) for line in lines),
        "next": queue.find_next(answers, waiting),
        "names": HIDDEN if _hides_names(request) else "",
    }
    return render(request, "teaching/marking/answers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def mark_answer(request: HttpRequest, slug: str, answer: UUID) -> HttpResponse:
    """Show one answer; a POST marks it and goes on to the next one that waits."""
    course = course_for_teacher(current_user(request), slug)
    place = _find_place(course, answer)
    page = _load_page(request, place)
    form = _make_form(request, page)
    if request.method != "POST":
        return _render(request, place, page, form)
    if not form.is_valid():
        return _render(request, place, page, form, form.problem(), 422)
    try:
        _store(place.answer, form, by=current_user(request), now=timezone.now())
    except marks.MarkChanged:
        return _show_other_mark(request, place)
    except KeyDestroyed as destroyed:
        raise Http404 from destroyed
    return redirect(_next_url(request, place))


@require_safe
@require_person
def download_file(request: HttpRequest, slug: str, answer: UUID, file: UUID) -> HttpResponse:
    """Send a file of an answer, under a number with `?names=hidden`."""
    course = course_for_teacher(current_user(request), slug)
    found = _find_place(course, answer).answer
    row = storage.find_file(found.attempt, file)
    if row is None or row.question_id != found.question_id:
        raise Http404
    return send_file(row, number=storage.number_of(row) if _hides_names(request) else 0)


@transaction.atomic
def _store(answer: OpenAnswer, form: MarkForm, *, by: User, now: datetime) -> None:
    """Set the mark, and record a leaf if it changes. Raises MarkChanged and KeyDestroyed."""
    note, seen = form.read_note(), form.cleaned_data["seen"]
    made = marks.set_mark(answer, form.read_share(), note, seen=seen, by=by, now=now)
    if made.id != seen:
        public = {"unit": answer.attempt.unit.code, "mark": made.id}
        audit.record("grade.mark", actor=by.code, subject=answer.learner.code, public=public)


def _show_other_mark(request: HttpRequest, place: AnswerPlace) -> HttpResponse:
    """Show what another Teacher gave meanwhile; sending the form again replaces it.

    404 where there is no other mark: the page never shows a `seen` that is not one of the marks.
    """
    page = _load_page(request, place)
    if not page.history:
        raise Http404
    # Only a mark that is displayed may be replaced.
    sent = request.POST.dict() | {"seen": str(page.history[0].mark.id)}
    problem = _(
        "{by} marked this answer while the page was open: {points}. Your marks are below and not "
        "saved. Save them to replace the other ones."
    ).format(by=page.history[0].mark.by, points=page.history[0].points)
    return _render(request, place, page, _make_form(request, page, sent), problem, 409)


def _render(
    request: HttpRequest,
    place: AnswerPlace,
    page: AnswerPage,
    form: MarkForm,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "teach": frame_of(place.course, "marking"),
        "unit": place.answer.attempt.unit,
        "page": page,
        "form": form,
        "problem": problem,
        "names": HIDDEN if _hides_names(request) else "",
    }
    return render(request, "teaching/marking/answer.html", context, status=status)


def _make_form(
    request: HttpRequest, page: AnswerPage, sent: dict[str, str] | None = None
) -> MarkForm:
    data = request.POST.dict() if sent is None and request.method == "POST" else sent
    rubric = read_rubric(page.question.rubric)
    return MarkForm(data, rubric=rubric, points=page.points, before=page.current)


def _find_place(course: Course, answer: UUID) -> AnswerPlace:
    """Return the answer with its neighbours; 404 unless a Teacher of the course may mark it."""
    rows = queue.find_answers(course).select_related("learner", "attempt__unit", "question")
    found = rows.filter(pk=answer).first()
    if found is None:
        raise Http404
    unit: Unit = found.attempt.unit
    return AnswerPlace(course, found, queue.load_answers(course, unit, found.question))


def _load_page(request: HttpRequest, place: AnswerPlace) -> AnswerPage:
    try:
        return view_model.load_page(place.answer, place.answers, hides_names=_hides_names(request))
    except KeyDestroyed as destroyed:
        raise Http404 from destroyed


def _next_url(request: HttpRequest, place: AnswerPlace) -> str:
    """Return the URL of the next answer that waits for marks, or of the list."""
    waiting = queue.list_waiting(place.answers)
    following = queue.find_next(place.answers, waiting, after=place.answer.pk)
    names = HIDDEN if _hides_names(request) else ""
    if following is not None:
        return reverse("teaching:mark", args=[place.course.slug, following.pk]) + names
    args = [place.course.slug, place.answer.attempt.unit.code, place.answer.question.code]
    return reverse("teaching:answers", args=args) + names


def _hides_names(request: HttpRequest) -> bool:
    return request.GET.get("names") == "hidden"
