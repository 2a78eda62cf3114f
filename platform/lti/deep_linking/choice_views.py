"""`/lti/choose/`: the page in the platform's frame on which a Teacher chooses what a link opens.

The frame has no session here. The page carries the signed request, and lists only what the
connected course contains.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.access import uuid_or_none
from accounts.sign_in import single_use
from courses.models import Course, Question, Unit
from lti.addresses import origin_of
from lti.deep_linking import content_items
from lti.deep_linking.content_items import ContentRequest
from lti.launch import problem_pages
from lti.launch.claims import Launch
from lti.launch.destinations import find_linkable_questions
from lti.launch.framing import allow_frame
from lti.launch.problem_pages import show_problem
from lti.models import PlatformCourse

WHOLE_COURSE = "course"


@dataclass(frozen=True, slots=True)
class LinkableUnit:
    """A unit, and those of its questions that may be linked by themselves."""

    unit: Unit
    questions: list[Question]


def show_choice(request: HttpRequest, within: PlatformCourse, launch: Launch) -> HttpResponse:
    """Show what can be linked. The platform's course is connected with one here."""
    platform, course = within.platform, within.course
    asked = content_items.read_request(within, launch)
    if asked is None or course is None:
        return show_problem(request, problem_pages.not_supported(platform.name), platform)
    context = {
        "course": course,
        "units": list_units(course),
        "several": asked.several,
        "asked": content_items.sign_request(asked),
    }
    response = render(request, "lti/choose.html", context)
    return allow_frame(response, platform, signed=[asked.return_url, launch.return_url])


@csrf_exempt
@require_POST
@never_cache
def choose(request: HttpRequest) -> HttpResponse:
    """Return to the platform with the chosen links."""
    now, asked = timezone.now(), content_items.open_request(request.POST.get("asked", ""))
    within = None if asked is None else _load_course(asked)
    if asked is None or within is None:
        return show_problem(request, problem_pages.stale())
    items = _list_items(request, asked, within)
    if not single_use.spend("lti-choice", asked.number, now=now):
        return show_problem(request, problem_pages.stale(), within.platform)
    answer = content_items.write_response(asked, within, items, now=now)
    context = {"address": asked.return_url, "answer": answer, "n": len(items)}
    response = render(request, "lti/chosen.html", context)
    there = origin_of(asked.return_url)
    return allow_frame(response, within.platform, signed=[there], form_targets=[there])


def list_units(course: Course) -> list[LinkableUnit]:
    questions: dict[int | None, list[Question]] = defaultdict(list)
    for each in find_linkable_questions(course):
        questions[each.unit_id].append(each)
    units = course.units.filter(position__isnull=False).order_by("position")
    return [LinkableUnit(unit, questions[unit.pk]) for unit in units]


def _load_course(asked: ContentRequest) -> PlatformCourse | None:
    rows = PlatformCourse.objects.filter(id=asked.within, platform__active=True)
    return rows.exclude(course=None).select_related("platform", "course").first()


def _list_items(
    request: HttpRequest, asked: ContentRequest, within: PlatformCourse
) -> list[dict[str, Any]]:
    """Return the chosen links in the order of the course; only one if the platform takes one."""
    course, chosen = within.course, request.POST.getlist("chosen")
    if course is None:
        return []
    address = request.build_absolute_uri(reverse("lti:launch"))
    items = [content_items.course_item(course, address)] if WHOLE_COURSE in chosen else []
    codes = {uuid_or_none(each) for each in chosen}
    for row in list_units(course):
        if row.unit.code in codes:
            items.append(content_items.unit_item(row.unit, address, graded=asked.graded))
        items += [
            content_items.question_item(row.unit, question, number, address)
            for number, question in enumerate(row.questions, 1)
            if question.code in codes
        ]
    return items if asked.several else items[:1]
