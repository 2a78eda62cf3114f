"""`/teach/<slug>/level/`: the target difficulty of questions, one number for the class."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

import audit
from accounts.access import current_user, require_person
from accounts.models import User
from adaptation.next_question import target_success_rate
from courses.access import course_for_teacher
from courses.answers.numerals import read_whole
from courses.models import Course
from emotion.knowledge.item_selection import HIGH, LOW, TARGET
from teaching.layout import frame_of

PROBLEM = _("Enter a whole number from {least} to {most}. Nothing was changed.")


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def level(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the number and its meaning; a POST of `target` (percent) sets it."""
    course = course_for_teacher(current_user(request), slug)
    low, high, default = (round(100 * share) for share in (LOW, HIGH, TARGET))
    problem = ""
    if request.method == "POST":
        wanted = read_whole(request.POST.get("target", ""), "%")
        if wanted is not None and low <= wanted <= high:
            set_target(course, wanted, by=current_user(request), now=timezone.now())
            return redirect("teaching:level", slug=slug)
        problem = PROBLEM.format(least=low, most=high)
    context = {
        "teach": frame_of(course, "level"),
        "target": round(100 * target_success_rate.get_band(course).target),
        "low": low,
        "high": high,
        "usual": default,
        "problem": problem,
    }
    return render(request, "teaching/level.html", context, status=422 if problem else 200)


@transaction.atomic
def set_target(course: Course, target: int, *, by: User, now: datetime) -> None:
    """Set the target share and record a leaf."""
    target_success_rate.set_target(course, target / 100, now=now)
    audit.record(
        "rule.change",
        actor=by.code,
        subject=None,
        public={"course": course.slug, "target": target},
    )
