"""`/teach/<slug>/`: who needs the Teacher now; its live part, and seeing to a row."""

from __future__ import annotations

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import conditional_page, require_POST, require_safe

from accounts.access import require_person
from courses.access import course_for_teacher
from teaching.dashboard import handled_needs
from teaching.dashboard.queue import now_of, unnoticed_of
from teaching.layout import frame_of, teacher
from teaching.roster import class_of


@require_safe
@require_person
def now(request: HttpRequest, slug: str) -> HttpResponse:
    """The page."""
    course = course_for_teacher(teacher(request), slug)
    moment = timezone.now()
    class_ = class_of(course)
    shown = now_of(course, teacher(request), class_, now=moment)
    context = {
        "teach": frame_of(course, "now"),
        "now": shown,
        "unnoticed": unnoticed_of(course, shown, class_, now=moment),
        "today": moment,
        "live": finders.find("vendor/htmx.min.js") is not None,
    }
    return render(request, "teaching/now.html", context)


@require_safe
@conditional_page
@require_person
def queue(request: HttpRequest, slug: str) -> HttpResponse:
    """Its live part: 304 while nothing has changed."""
    course = course_for_teacher(teacher(request), slug)
    shown = now_of(course, teacher(request), class_of(course), now=timezone.now())
    return render(request, "teaching/_now.html", {"now": shown})


@require_POST
@require_person
def handled(request: HttpRequest, slug: str) -> HttpResponse:
    """Handled, snoozed or taken back; without JavaScript too."""
    course = course_for_teacher(teacher(request), slug)
    moment = timezone.now()
    if "undo" in request.POST:
        handled_needs.undo(course, request.POST["undo"], now=moment)
    else:
        put_off = "snooze" in request.POST
        row = request.POST.get("snooze" if put_off else "handled", "")
        until = moment + handled_needs.SNOOZE if put_off else None
        handled_needs.handle(course, row, teacher(request), now=moment, until=until)
    return redirect("teaching:now", slug=slug)
