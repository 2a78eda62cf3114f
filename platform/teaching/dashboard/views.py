"""`/teach/<slug>/`: the page Today, its live part, and the actions on a card."""

from __future__ import annotations

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import conditional_page, require_POST, require_safe

from accounts.access import current_user, require_person
from courses.access import course_for_teacher
from teaching.dashboard import handled_needs
from teaching.dashboard.course_answers import load_effect_answers, load_lesson_answers
from teaching.dashboard.queue import load_now_page, load_unnoticed
from teaching.layout import frame_of
from teaching.marking.queue import count_waiting
from teaching.roster import class_of


@require_safe
@require_person
def now_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer who needs help now, what went wrong, what to change, and whether changes helped."""
    course = course_for_teacher(current_user(request), slug)
    moment = timezone.now()
    class_ = class_of(course)
    shown = load_now_page(course, current_user(request), class_, now=moment)
    context = {
        "teach": frame_of(course, "now"),
        "now": shown,
        "wrong": load_lesson_answers(course, now=moment),
        "effects": load_effect_answers(course),
        "unnoticed": load_unnoticed(course, shown, class_, now=moment),
        "unmarked": count_waiting(course, class_),
        "today": moment,
        "authors": "author" in current_user(request).roles,
        "live": finders.find("vendor/htmx.min.js") is not None,
    }
    return render(request, "teaching/now.html", context)


@require_safe
@conditional_page
@require_person
def queue(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the live part; 304 if nothing has changed."""
    course = course_for_teacher(current_user(request), slug)
    shown = load_now_page(course, current_user(request), class_of(course), now=timezone.now())
    return render(request, "teaching/_now.html", {"now": shown})


@require_POST
@require_person
def handle_row(request: HttpRequest, slug: str) -> HttpResponse:
    """Mark the rows of a card as handled or snoozed, or undo it; works without JavaScript too."""
    course = course_for_teacher(current_user(request), slug)
    moment = timezone.now()
    if "undo" in request.POST:
        handled_needs.undo(course, request.POST["undo"], now=moment)
    else:
        put_off = "snooze" in request.POST
        rows = request.POST.get("snooze" if put_off else "handled", "")
        until = moment + handled_needs.SNOOZE if put_off else None
        handled_needs.handle(course, rows, current_user(request), now=moment, until=until)
    return redirect("teaching:now", slug=slug)
