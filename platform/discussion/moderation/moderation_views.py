"""`/teach/<slug>/discussion/`: the reported posts of a course."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_person
from courses.access import course_for_teacher
from discussion.moderation import post_reports


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def reports(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the queue; mark a report as handled, or undo that."""
    teacher = current_user(request)
    course, now = course_for_teacher(teacher, slug), timezone.now()
    if request.method == "POST":
        if "undo" in request.POST:
            post_reports.undo_handled(course, request.POST["undo"], now=now)
        else:
            post_reports.mark_handled(course, request.POST.get("handled", ""), teacher, now=now)
        return redirect("discussion:reports", slug=slug)
    context = {
        "course": course,
        "waiting": post_reports.open_reports(course, now=now),
        "seen_to": post_reports.handled_reports(course, now=now),
    }
    return render(request, "discussion/reports.html", context)
