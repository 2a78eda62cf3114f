"""`/teach/<slug>/grades/total/`: which tests count in the course total, and how much.

Weights belong to this run of the course, as dates do; the Author's content is not changed.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_person
from courses.access import course_for_teacher
from courses.gradebook import course_totals
from teaching.grades.total_forms import build_categories_form
from teaching.layout import frame_of


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def course_total(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the grade categories; a POST replaces them."""
    course = course_for_teacher(current_user(request), slug)
    tests = list(course.units.filter(position__isnull=False, scenario="graded"))
    form = build_categories_form(course, tests, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        course_totals.replace_categories(course, form.read_settings(), by=current_user(request))
        return redirect("teaching:grades", slug=slug)
    context = {
        "teach": frame_of(course, "grades"),
        "form": form,
        "tests": tests,
        "problem": form.problem() if form.is_bound else "",
    }
    return render(request, "teaching/total.html", context, status=422 if form.is_bound else 200)
