"""`/join/<invitation>/`: what an invitation leads to, and coming into the course by it.

Nobody is put in by opening the link; it says what joining means first. A link that is over or was
never one looks the same.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import require_role
from accounts.models import User
from classroom.courses import person
from courses import enrolling, invitations
from courses.models import Course, Enrolment


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("learner")
def join(request: HttpRequest, code: UUID) -> HttpResponse:
    """The course and what its Teachers will see; a POST joins. Who is in it goes there."""
    user, now = person(request), timezone.now()
    course = invitations.course_of(code, now=now)
    if course is None:
        return render(request, "classroom/join.html", {"course": None}, status=404)
    if not _is_in(user, course):
        if request.method != "POST":
            return render(request, "classroom/join.html", {"course": course})
        enrolling.put_in(course, [user], "learner", by=user, since=now)
    return redirect("classroom:course", slug=course.slug)


def _is_in(user: User, course: Course) -> bool:
    return Enrolment.objects.filter(user=user, course=course).exists()
