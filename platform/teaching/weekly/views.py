"""`/teach/`: the summaries of a Teacher's courses, and `/teach/<slug>/week/`: one of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import current_user, require_person
from accounts.mail.link_mails import can_mail
from accounts.name_order import by_name
from courses.access import course_for_teacher, courses_taught_by
from teaching.layout import frame_of
from teaching.weekly.week_summary import load_week_summary


@require_safe
@require_person
def course_list(request: HttpRequest) -> HttpResponse:
    """List the courses of this Teacher; open the summary of an only course at once."""
    found = courses_taught_by(current_user(request))
    courses = by_name(found, lambda course: course.title)
    if len(courses) == 1:
        return redirect("teaching:week", slug=courses[0].slug)
    return render(request, "teaching/weeks.html", {"courses": courses})


@require_safe
@require_person
def week_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the hardest parts of the last seven days."""
    user, now = current_user(request), timezone.now()
    course = course_for_teacher(user, slug)
    context = {
        "teach": frame_of(course, "now"),
        "summary": load_week_summary(course, now=now),
        "today": now,
        "authors": "author" in user.roles,
        "mails": can_mail(user),
        "is_mailed": user.weekly_mail,
        "is_learner": "learner" in user.roles,
    }
    return render(request, "teaching/week.html", context)


@require_POST
@require_person
def set_mail(request: HttpRequest, slug: str) -> HttpResponse:
    """Turn the Monday mail on or off."""
    user = current_user(request)
    course = course_for_teacher(user, slug)
    user.weekly_mail = "weekly_mail" in request.POST
    user.save(update_fields=["weekly_mail"])
    return redirect("teaching:week", slug=course.slug)
