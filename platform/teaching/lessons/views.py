"""`/teach/<slug>/lessons/` and one lesson's map: which part most needs work, and why."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_person
from courses.access import course_for_teacher
from privacy.csv_response import csv_of
from teaching.csv_export import files_in_source
from teaching.groups.group_filter import EVERYBODY, audience_of
from teaching.layout import frame_of
from teaching.lessons.lesson_list import find_current, find_lesson, list_lessons
from teaching.lessons.lesson_map import LessonMap, load_lesson_map
from teaching.lessons.page import read_page

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
    found = load_lesson_map(
        course,
        find_lesson(course, code),
        who=request.GET.get("who", EVERYBODY),
        wanted=request.GET.get("part", ""),
        now=timezone.now(),
    )
    if request.GET.get("as") == "csv":
        return csv_of(f"{course.slug}-lesson-{found.lesson.number}", HEAD, csv_rows(found))
    context = {
        "teach": frame_of(course, "lessons"),
        "map": found,
        "audience": found.audience,
        "authors": "author" in current_user(request).roles,
        **read_page(found),
    }
    return render(request, "teaching/lesson.html", context)


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
