"""`/teach/<slug>/units/<uuid>/groups/<uuid>/`: when a unit opens and is due for one group."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

import audit
from accounts.access import current_user, require_person
from accounts.models import User
from courses.access import course_for_teacher
from courses.models import GroupDates, LearnerGroup, Unit
from teaching.grades.forms import GroupDatesForm
from teaching.grades.unit_date_views import unit_of
from teaching.layout import frame_of
from teaching.learner_groups.views import group_of


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def edit_dates(request: HttpRequest, slug: str, code: UUID, group: UUID) -> HttpResponse:
    """Show the dates of a unit for one group; a POST sets them."""
    course = course_for_teacher(current_user(request), slug)
    unit, found = unit_of(course, code), group_of(course, group)
    own = GroupDates.objects.filter(group=found, unit=unit).first()
    form = GroupDatesForm(unit, own, request.POST if request.method == "POST" else None)
    if form.is_valid():
        set_dates(found, unit, **form.cleaned_data, by=current_user(request))
        return redirect("teaching:unit", slug=slug, code=code)
    problem = form.problem() if form.is_bound else ""
    context = {
        "teach": frame_of(course, "units"),
        "unit": unit,
        "group": found,
        "form": form,
        "problem": problem,
    }
    status = 422 if problem else 200
    return render(request, "teaching/group_dates.html", context, status=status)


@transaction.atomic
def set_dates(
    group: LearnerGroup,
    unit: Unit,
    *,
    opens_at: datetime | None,
    due_at: datetime | None,
    by: User,
) -> None:
    """Set the dates of a group and record a leaf; a date that is None is that of the class."""
    if opens_at or due_at:
        dates = {"opens_at": opens_at, "due_at": due_at}
        GroupDates.objects.update_or_create(group=group, unit=unit, defaults=dates)
    else:
        GroupDates.objects.filter(group=group, unit=unit).delete()
    public = {"course": group.course.slug, "unit": unit.code, "group": group.code, "what": "dates"}
    audit.record("course.edit", actor=by.code, subject=None, public=public)
