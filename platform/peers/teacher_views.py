"""`/teach/<slug>/classmates/`: who asked, who could help, and what became of the suggestions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_person, uuid_or_404
from courses.access import course_for_teacher
from peers import pairs, teacher_lists


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def requests_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the requests. A POST suggests a helper, or dismisses a request."""
    course, now = course_for_teacher(current_user(request), slug), timezone.now()
    if request.method == "POST":
        wish, skill = uuid_or_404(request.POST.get("wish", "")), request.POST.get("skill", "")
        if "dismiss" in request.POST:
            pairs.dismiss(course, wish, skill, now=now)
        else:
            offer = uuid_or_404(request.POST.get("suggest", ""))
            pairs.suggest(course, wish, skill, offer, now=now)
        return redirect("peers:requests", slug=slug)
    context = {
        "course": course,
        "asking": teacher_lists.load_requests(course, now=now),
        "made": teacher_lists.load_suggestions(course, now=now),
    }
    return render(request, "peers/requests.html", context)
