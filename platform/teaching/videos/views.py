"""`/teach/<slug>/videos/` and one video's timeline: where the class has difficulties.

Activity comes from course records of people who may be shown together; estimates come only from
published cells of the class picture. No individual data is opened, so viewing leaves no leaf.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_person
from courses.access import course_for_teacher
from courses.models import Completion, Course, Unit
from courses.timestamps import format_time
from estimates.registry import predictors
from privacy.csv_response import csv_of
from teaching.csv_export import files_in_source
from teaching.groups.group_filter import EVERYBODY, Audience, audience_of
from teaching.layout import frame_of
from teaching.videos.time_bins import BIN_S, TimeSpan
from teaching.videos.timeline import Timeline, load_timeline

HEAD = ("from", "to", "watched (people)", "replayed (times)", "paused (times)")
HELD_BACK = "too few people"


@dataclass(frozen=True, slots=True)
class VideoRow:
    """One video in the list; `is_shown` = enough people watched it."""

    title: str
    code: UUID
    length: str
    watched: int
    is_shown: bool


@require_safe
@require_person
def videos(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the videos of a course."""
    course = course_for_teacher(current_user(request), slug)
    context = {"teach": frame_of(course, "videos"), "lines": video_rows(course)}
    return render(request, "teaching/videos.html", context)


@require_safe
@require_person
@files_in_source
def video(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Show one video. `?who=` a group, `?from=&to=` a span, `?as=csv` the table as a file."""
    course = course_for_teacher(current_user(request), slug)
    unit = video_of(course, code)
    found = load_timeline(unit, request.GET.get("who", EVERYBODY), parse_span(request, unit))
    if request.GET.get("as") == "csv":
        return csv_of(f"{course.slug}-{unit.ref}", HEAD, csv_rows(found))
    context = {
        "teach": frame_of(course, "videos"),
        "line": found,
        "audience": found.audience,
        "bin": BIN_S,
        "authors": "author" in current_user(request).roles,
        "made_by": gettext(predictors.shown_title()),
    }
    return render(request, "teaching/video.html", context)


def video_rows(course: Course) -> list[VideoRow]:
    audience = audience_of(course)
    units = Unit.objects.filter(course=course, kind="video", position__isnull=False)
    counted = _count_watchers(units, audience)
    return [
        VideoRow(
            unit.title, unit.code, format_time(unit.video.duration_s), n, audience.is_enough(n)
        )
        for unit in units.select_related("video").order_by("position")
        for n in (counted.get(unit.pk, 0),)
    ]


def _count_watchers(units: QuerySet[Unit], audience: Audience) -> dict[int, int]:
    rows = Completion.objects.filter(unit__in=units, learner__any_of=audience.learners)
    seen = rows.exclude(watched=[]).order_by().values_list("unit")
    return dict(seen.annotate(Count("learner", distinct=True)))


def video_of(course: Course, code: UUID) -> Unit:
    """Return a video of this course that is in use; 404 for any other."""
    rows = Unit.objects.filter(course=course, kind="video", position__isnull=False, code=code)
    unit = rows.select_related("video", "course").first()
    if unit is None:
        raise Http404
    return unit


def parse_span(request: HttpRequest, unit: Unit) -> TimeSpan | None:
    """Return the span in the address, clipped to the video; None if there is none."""
    try:
        begin, end = float(request.GET["from"]), float(request.GET["to"])
    except (KeyError, ValueError):
        return None
    length = unit.video.duration_s
    if not (math.isfinite(begin) and math.isfinite(end) and 0 <= begin < min(end, length)):
        return None
    return TimeSpan(begin, min(end, length))


def csv_rows(found: Timeline) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the CSV file."""
    for each in found.bins:
        ends = (format_time(each.span.begin), format_time(each.span.end))
        count = each.count
        figures = (count.watched, count.back, count.paused) if each.is_shown else (HELD_BACK,) * 3
        yield (*ends, *figures)
