"""`/lti/courses/<id>/`: a Teacher on both sides connects a platform's course with one here."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_role
from accounts.name_order import by_name
from courses.access import courses_taught_by
from lti.registration import platforms
from lti.registration.forms import CourseChoiceForm


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("teacher")
@never_cache
def connect(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show the courses that the person teaches here; a POST connects one of them."""
    user = current_user(request)
    row = platforms.course_of_member(user, id)
    courses = courses_taught_by(user).filter(preview_of=None)
    if request.method == "POST" and row.course is None:
        form = CourseChoiceForm(request.POST, courses=courses)
        if form.is_valid() and form.selected_course is not None:
            platforms.connect_course(row, form.selected_course, by=user)
        return redirect("lti:connect", id=row.id)
    listed = by_name(courses, lambda course: course.title)
    return render(request, "lti/connect.html", {"row": row, "courses": listed})
