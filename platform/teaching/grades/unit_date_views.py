"""`/teach/<slug>/units/`: when each unit opens and is due, and how a quiz is taken.

Dates belong to this run of the course, so a Teacher sets them; the Author's content is not changed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

import audit
from accounts.access import current_user, require_person
from accounts.models import User
from accounts.name_order import by_name
from courses import attempt_questions, attempts, learner_groups
from courses.access import course_for_teacher
from courses.models import Attempt, Course, Unit
from teaching.grades.forms import UnitDatesForm
from teaching.grades.group_dates import find_conflict, list_group_dates
from teaching.layout import frame_of

ATTEMPT_RUNNING = _(
    "Someone is taking this test now. You can change the test type when their attempt "
    "is over, or after you reset it under Grades."
)
ONLY_TESTS_DRAW = _("Only a test can draw random questions.")
ONLY_TESTS_ASK_OPEN = _("Only a test can ask questions that people mark, such as essays and files.")


@dataclass(frozen=True, slots=True)
class UnitDates:
    """One unit, its time limit in minutes, and how many groups have dates of their own."""

    unit: Unit
    minutes: int | None
    groups: int


@require_safe
@require_person
def list_units(request: HttpRequest, slug: str) -> HttpResponse:
    """Show every unit of the course with its dates."""
    course = course_for_teacher(current_user(request), slug)
    found = course.units.filter(position__isnull=False).order_by("position")
    found = found.select_related("opens_after")
    own = Counter(list_group_dates(course).values_list("unit", flat=True))
    lines = [UnitDates(unit, _limit_minutes(unit), own[unit.pk]) for unit in found]
    context = {"teach": frame_of(course, "units"), "lines": lines}
    return render(request, "teaching/units.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def edit_unit(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Show the dates of one unit; a POST sets them."""
    course = course_for_teacher(current_user(request), slug)
    found = unit_of(course, code)
    form = UnitDatesForm(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        problem = change_dates(found, form.cleaned_data, by=current_user(request))
        if problem is None:
            return redirect("teaching:units", slug=slug)
        form.add_error(None, problem)
    own = {row.group_id: row for row in list_group_dates(course).filter(unit=found)}
    groups = by_name(learner_groups.list_groups(course), lambda group: group.name)
    context = {
        "teach": frame_of(course, "units"),
        "unit": found,
        "groups": [(group, own.get(group.pk)) for group in groups],
        "form": form,
        "zone": timezone.localtime().tzname(),
        "problem": form.problem() if form.is_bound else "",
    }
    return render(request, "teaching/unit.html", context, status=422 if context["problem"] else 200)


def unit_of(course: Course, code: UUID) -> Unit:
    found = course.units.filter(code=code, position__isnull=False).first()
    if found is None:
        raise Http404
    return found


@transaction.atomic
def change_dates(unit: Unit, cleaned: dict[str, Any], *, by: User) -> str | None:
    """Set the dates and record a leaf; return why they cannot be set, if so."""
    row = Unit.objects.select_for_update(of=["self"]).select_related("course").get(pk=unit.pk)
    scenario = cleaned.get("scenario", row.scenario)
    if scenario != row.scenario and _has_running_attempt(row):
        return str(ATTEMPT_RUNNING)
    if scenario == "course" and row.random_questions:
        return str(ONLY_TESTS_DRAW)
    if scenario == "course" != row.scenario and attempt_questions.may_ask_open(row):
        return str(ONLY_TESTS_ASK_OPEN)
    conflict = find_conflict(row, cleaned["opens_at"], cleaned["due_at"])
    if conflict is not None:
        return conflict
    row.scenario, row.opens_at, row.due_at = scenario, cleaned["opens_at"], cleaned["due_at"]
    if attempts.is_test(row):
        row.attempts = cleaned["attempts"]
        row.time_limit_s = 60 * cleaned["minutes"] if cleaned["minutes"] else None
    row.save(update_fields=["scenario", "opens_at", "due_at", "attempts", "time_limit_s"])
    public = {"course": row.course.slug, "unit": row.code, "what": "dates"}
    audit.record("course.edit", actor=by.code, subject=None, public=public)
    return None


def _has_running_attempt(unit: Unit) -> bool:
    return Attempt.objects.filter(unit=unit, handed_in_at=None, reset_at=None).exists()


def _limit_minutes(unit: Unit) -> int | None:
    return unit.time_limit_s and max(1, unit.time_limit_s // 60)
