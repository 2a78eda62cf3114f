"""`/author/`: the list of an Author's courses, and the form for a new one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import audit
from accounts.access import current_user, require_person, require_role
from accounts.models import User
from accounts.name_order import by_name
from authoring.access import ROLE, course_for_author, courses_written_by
from authoring.course_slugs import take_course_slug
from authoring.versions import copies, drafts
from authoring.versions.models import Version
from courses.models import Course, Enrolment, Unit

LONGEST_TITLE: Final = 200
LICENCE: Final = "All rights reserved"


@dataclass(frozen=True, slots=True)
class CourseCard:
    """One course of the list: its published content, and whether it has a draft."""

    slug: str
    title: str
    lang: str
    units: int
    number: int
    published_at: datetime | None
    drafted_at: datetime | None


@require_safe
@require_role(ROLE)
def courses(request: HttpRequest) -> HttpResponse:
    """Show the list."""
    found = by_name(courses_written_by(current_user(request)), lambda course: course.title)
    return render(request, "authoring/courses.html", {"cards": make_cards(found)})


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(ROLE)
def new_course(request: HttpRequest) -> HttpResponse:
    """Create an empty course; its Author is its only teacher."""
    fields = {name: request.POST.get(name, "").strip() for name in ("title", "description")}
    language = request.POST.get("language", "en").strip() or "en"
    errors = _find_errors(fields, language) if request.method == "POST" else {}
    if request.method != "POST" or errors:
        context = {"fields": fields | {"language": language}, "errors": errors}
        return render(request, "authoring/new.html", context, status=422 if errors else 200)
    made = _create_course(current_user(request), fields, language, timezone.now())
    return redirect("authoring:builder", slug=made.slug)


@require_POST
@require_person
def duplicate(request: HttpRequest, slug: str) -> HttpResponse:
    """Copy the course as a new draft, and open that."""
    user = current_user(request)
    made = copies.copy_course(course_for_author(user, slug), by=user, now=timezone.now())
    return redirect("authoring:builder", slug=made.slug)


def make_cards(courses: Sequence[Course]) -> list[CourseCard]:
    """Return a card for each course, in three queries."""
    used = Unit.objects.filter(course__in=courses, position__isnull=False)
    units = Counter(used.order_by().values_list("course", flat=True))
    last, steps = drafts.last_published(courses), drafts.last_draft_steps(courses)
    return [
        _make_card(course, units[course.pk], last.get(course.pk), steps.get(course.pk))
        for course in courses
    ]


def _make_card(
    course: Course, units: int, last: Version | None, step: Version | None
) -> CourseCard:
    return CourseCard(
        slug=course.slug,
        title=course.title,
        lang=course.language,
        units=units,
        number=last.number if last else 0,
        published_at=last.made_at if last else course.imported_at,
        drafted_at=step.made_at if step else None,
    )


def _find_errors(fields: dict[str, str], language: str) -> dict[str, str]:
    errors = {}
    if not fields["title"]:
        errors["title"] = _("Enter a course name.")
    elif len(fields["title"]) > LONGEST_TITLE:
        errors["title"] = _("Enter a name of at most {most} characters.").format(most=LONGEST_TITLE)
    if not fields["description"]:
        errors["description"] = _("Enter a description, in a sentence or two.")
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", language):
        errors["language"] = _("Enter the language code, such as en or pt-BR.")
    return errors


@transaction.atomic
def _create_course(by: User, fields: dict[str, str], language: str, now: datetime) -> Course:
    course = Course.objects.create(
        slug=take_course_slug(fields["title"]),
        title=fields["title"],
        description=fields["description"],
        language=language,
        licence_name=LICENCE,
        attribution=fields["title"],
    )
    Enrolment.objects.create(user=by, course=course, role="teacher", since=now)
    public = {"act": "new", "course": course.slug}
    audit.record("course.edit", actor=by.code, subject=None, public=public)
    return course
