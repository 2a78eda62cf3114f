"""`/teach/<slug>/videos/` and one video's timeline: where it loses the class.

What was done are course records of people who are shown together; what was guessed are published
cells of the class picture and nothing else. Nobody is opened, so a look leaves no leaf.
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

from accounts.access import require_person
from courses.access import course_for_teacher
from courses.models import Completion, Course, Unit
from estimates.registry import predictors
from privacy.csv_response import csv_of
from teaching.csv_export import files_in_source
from teaching.groups.group_filter import EVERYBODY, Audience, audience_of
from teaching.layout import frame_of, teacher
from teaching.videos.chapters import clock
from teaching.videos.time_bins import BIN_S, Span
from teaching.videos.timeline import Timeline, timeline

HEAD = ("from", "to", "watched (people)", "replayed (times)", "paused (times)")
HELD = "too few people"


@dataclass(frozen=True, slots=True)
class Line:
    """One video in the list; `told` = enough people watched it."""

    title: str
    code: UUID
    length: str
    watched: int
    told: bool


@require_safe
@require_person
def videos(request: HttpRequest, slug: str) -> HttpResponse:
    """The videos of a course."""
    course = course_for_teacher(teacher(request), slug)
    context = {"teach": frame_of(course, "videos"), "lines": lines(course)}
    return render(request, "teaching/videos.html", context)


@require_safe
@require_person
@files_in_source
def video(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """One video. `?who=` one group, `?from=&to=` a stretch, `?as=csv` the table as a file."""
    course = course_for_teacher(teacher(request), slug)
    unit = video_of(course, code)
    found = timeline(unit, request.GET.get("who", EVERYBODY), wanted(request, unit))
    if request.GET.get("as") == "csv":
        return csv_of(f"{course.slug}-{unit.ref}", HEAD, rows(found))
    context = {
        "teach": frame_of(course, "videos"),
        "line": found,
        "audience": found.audience,
        "bin": BIN_S,
        "authors": "author" in teacher(request).roles,
        "made_by": gettext(predictors.shown_title()),
    }
    return render(request, "teaching/video.html", context)


def lines(course: Course) -> list[Line]:
    audience = audience_of(course)
    units = Unit.objects.filter(course=course, kind="video", position__isnull=False)
    counted = _watchers(units, audience)
    return [
        Line(unit.title, unit.code, clock(unit.video.duration_s), n, audience.enough(n))
        for unit in units.select_related("video").order_by("position")
        for n in (counted.get(unit.pk, 0),)
    ]


def _watchers(units: QuerySet[Unit], audience: Audience) -> dict[int, int]:
    rows = Completion.objects.filter(unit__in=units, learner__in=audience.learners)
    seen = rows.exclude(watched=[]).order_by().values_list("unit")
    return dict(seen.annotate(Count("learner", distinct=True)))


def video_of(course: Course, code: UUID) -> Unit:
    """A video in use of this course; 404 for anything else."""
    rows = Unit.objects.filter(course=course, kind="video", position__isnull=False, code=code)
    unit = rows.select_related("video", "course").first()
    if unit is None:
        raise Http404
    return unit


def wanted(request: HttpRequest, unit: Unit) -> Span | None:
    """The stretch in the address, cut to the video; None where it names none."""
    try:
        begin, end = float(request.GET["from"]), float(request.GET["to"])
    except (KeyError, ValueError):
        return None
    length = unit.video.duration_s
    if not (math.isfinite(begin) and math.isfinite(end) and 0 <= begin < min(end, length)):
        return None
    return Span(begin, min(end, length))


def rows(found: Timeline) -> Iterator[tuple[object, ...]]:
    """The table as a file has it."""
    for each in found.bins:
        ends = (clock(each.span.begin), clock(each.span.end))
        count = each.count
        told = (count.watched, count.back, count.paused) if each.told else (HELD,) * 3
        yield (*ends, *told)
