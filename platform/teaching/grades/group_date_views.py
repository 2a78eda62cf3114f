"""`/teach/<slug>/units/<uuid>/groups/<uuid>/`: when a unit opens and is due for one group."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_person
from courses.access import course_for_teacher
from courses.models import GroupDates
from teaching.grades.forms import GroupDatesForm
from teaching.grades.group_dates import set_dates
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
    form = GroupDatesForm(own, request.POST if request.method == "POST" else None)
    if form.is_valid():
        refusal = set_dates(found, unit, **form.cleaned_data, by=current_user(request))
        if refusal is None:
            return redirect("teaching:unit", slug=slug, code=code)
        form.add_error(None, refusal)
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
