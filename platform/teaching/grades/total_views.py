"""`/teach/<slug>/grades/total/`: which tests count in the course total, and how much.

Weights belong to this run of the course, as dates do; the Author's content is not changed.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_person
from courses.access import course_for_teacher
from courses.gradebook import course_totals
from courses.models import Course, Unit
from teaching.grades.total_forms import CategoriesForm, build_categories_form
from teaching.layout import frame_of

CHANGED: Final = _(
    "Another person changed the categories in the meantime. Below are theirs. Enter yours again."
)


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def course_total(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the grade categories; a POST replaces them."""
    course = course_for_teacher(current_user(request), slug)
    tests = course_totals.list_graded_tests(course)
    form = build_categories_form(course, tests, request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return _show_form(request, course, tests, form)
    if not form.is_valid():
        return _show_form(request, course, tests, form, problem=form.problem(), status=422)
    try:
        course_totals.replace_categories(
            course, form.read_settings(), stamp=form.read_stamp(), by=current_user(request)
        )
    except course_totals.StaleCategories:
        fresh = build_categories_form(course, tests)
        return _show_form(request, course, tests, fresh, problem=str(CHANGED), status=409)
    return redirect("teaching:grades", slug=slug)


def _show_form(
    request: HttpRequest,
    course: Course,
    tests: list[Unit],
    form: CategoriesForm,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "teach": frame_of(course, "grades"),
        "form": form,
        "tests": tests,
        "problem": problem,
    }
    return render(request, "teaching/total.html", context, status=status)
