"""`/teach/<slug>/lessons/` and one lesson's map: which part most needs work, and why."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import current_user, require_person, uuid_or_404
from courses.access import course_for_teacher
from courses.models import Course, Unit
from privacy.csv_response import csv_of
from teaching.csv_export import files_in_source
from teaching.groups.group_filter import EVERYBODY, audience_of
from teaching.layout import frame_of
from teaching.lessons.forms import RecordingNoteForm
from teaching.lessons.lesson_list import Lesson, find_current, find_lesson, list_lessons
from teaching.lessons.lesson_map import LessonMap, load_lesson_map
from teaching.lessons.page import read_page
from teaching.lessons.parts import split_lesson
from teaching.lessons.question_records import list_questions
from teaching.lessons.recording_notes import close_note, has_room, load_notes, write_note

HEAD = ("part", "place", "low of 100", "high of 100", "usual low", "usual high", "rank",
        "rank from", "rank to", "n")  # fmt: skip
HELD_BACK = "too few people"


@require_safe
@require_person
def lesson_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the lessons of a course."""
    course = course_for_teacher(current_user(request), slug)
    lessons = list_lessons(course)
    current = find_current(course, lessons, audience_of(course), now=timezone.now())
    context = {"teach": frame_of(course, "lessons"), "lessons": lessons, "current": current}
    return render(request, "teaching/lessons.html", context)


@require_safe
@require_person
@files_in_source
def lesson_page(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Show one lesson. `?who=` a group, `?part=` the part to explain, `?as=csv` a file."""
    course = course_for_teacher(current_user(request), slug)
    lesson, part = find_lesson(course, code), request.GET.get("part", "")
    if request.GET.get("as") == "csv":
        found = _load_map(request, course, lesson, part)
        return csv_of(f"{course.slug}-lesson-{lesson.number}", HEAD, csv_rows(found))
    return render_lesson(request, course, lesson, part)


@require_POST
@require_person
def change_notes(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Write a note about `part` for the authors, or with `done` close one."""
    by, now = current_user(request), timezone.now()
    course = course_for_teacher(by, slug)
    lesson, key = find_lesson(course, code), request.POST.get("part", "")
    if "done" in request.POST:
        close_note(lesson.units, uuid_or_404(request.POST["done"]), now=now)
        return redirect("teaching:lesson", slug=slug, code=lesson.code)
    form = RecordingNoteForm(request.POST, has_room=has_room(lesson.units))
    if not form.is_valid():
        return render_lesson(request, course, lesson, key, form)
    unit, second = find_place(lesson, key)
    write_note(unit, by, form.cleaned_data["text"], at_s=second, now=now)
    address = reverse("teaching:lesson", args=[slug, lesson.code])
    return redirect(f"{address}?{urlencode({'part': key})}#notes")


def render_lesson(
    request: HttpRequest,
    course: Course,
    lesson: Lesson,
    part: str,
    form: RecordingNoteForm | None = None,
) -> HttpResponse:
    """Render the page of a lesson; a form with a problem makes the status 422."""
    found = _load_map(request, course, lesson, part)
    context = {
        "teach": frame_of(course, "lessons"),
        "map": found,
        "audience": found.audience,
        "authors": "author" in current_user(request).roles,
        "notes": load_notes(lesson.units),
        "note_form": form or RecordingNoteForm(),
        **read_page(found),
    }
    return render(request, "teaching/lesson.html", context, status=422 if form else 200)


def find_place(lesson: Lesson, key: str) -> tuple[Unit, float | None]:
    """Return the unit of a part and its second in the video; the lesson itself for any other."""
    for part in split_lesson(lesson.video, list_questions(lesson)):
        if part.key == key and part.number and lesson.quiz is not None:
            return lesson.quiz, None
        if part.key == key:
            return lesson.unit, part.begin
    return lesson.unit, None


def _load_map(request: HttpRequest, course: Course, lesson: Lesson, part: str) -> LessonMap:
    who = request.GET.get("who", EVERYBODY)
    return load_lesson_map(course, lesson, who=who, wanted=part, now=timezone.now())


def csv_rows(found: LessonMap) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the CSV file: the parts with enough people, then the others."""
    for part in found.ranked:
        rank = part.rank
        if rank is not None:
            usual = rank.usual or ("", "")
            yield (part.title, part.place, rank.low, rank.high, *usual, rank.place, rank.first,
                   rank.last, rank.n)  # fmt: skip
    for part in found.few:
        yield (part.title, part.place, HELD_BACK)
