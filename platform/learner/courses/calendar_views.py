"""`/calendar/`: the URL that a calendar program subscribes to, and the calendar file behind it."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from icalendar import Calendar, Event

from accounts import language
from accounts.access import current_user, require_role
from accounts.mail.link_mails import can_mail
from accounts.models import User
from accounts.site import site_facts
from courses import calendar_feeds
from courses.models import CalendarFeed, Unit
from learner.courses.lessons import url_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_role("learner")
def calendar(request: HttpRequest) -> HttpResponse:
    """Show the calendar URL and the mail settings; POST creates, revokes or switches one."""
    user, now = current_user(request), timezone.now()
    if request.method != "POST":
        return _page(request, user)
    act = request.POST.get("act", "")
    if act == "revoke":
        calendar_feeds.end_all(user, by=user.code)
    if act == "mail":
        user.weekly_mail = "weekly_mail" in request.POST
        user.announcement_mail = "announcement_mail" in request.POST
        user.save(update_fields=["weekly_mail", "announcement_mail"])
    if act:
        return redirect("classroom:calendar")
    # The key is in the query, because error logs contain paths.
    path = f"{reverse('classroom:calendar_feed')}?key={calendar_feeds.make_key(user, now=now)}"
    return _page(request, user, address=request.build_absolute_uri(path))


@never_cache
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """Return the due dates of the URL's owner; 404 once the URL is revoked."""
    owner, now = calendar_feeds.find_owner(request.GET.get("key", "")), timezone.now()
    if owner is None:
        raise Http404
    with override(language.language_for(owner)):
        body = _write_calendar(request, owner, now)
    return HttpResponse(body, content_type="text/calendar; charset=utf-8")


def _page(request: HttpRequest, user: User, address: str = "") -> HttpResponse:
    made = CalendarFeed.objects.filter(person=user).first()
    context = {
        "made": made,
        "address": address,
        "person": user,
        "mails": can_mail(user),
        "teaches": "teacher" in user.roles,
    }
    return render(request, "learner/courses/calendar.html", context)


def _write_calendar(request: HttpRequest, owner: User, now: datetime) -> bytes:
    """Return an iCalendar file (RFC 5545). It names courses and units, and no person."""
    found = Calendar()
    found.add("prodid", "-//Attune//Due dates//EN")
    found.add("version", "2.0")
    found.add("x-wr-calname", site_facts.current().name or "Attune")
    for unit, due in calendar_feeds.load_due_dates(owner, now=now):
        found.add_component(_write_event(request, unit, due, now))
    return bytes(found.to_ical())


def _write_event(request: HttpRequest, unit: Unit, due: datetime, now: datetime) -> Event:
    event = Event()
    # A new date for the same unit moves the entry instead of adding a second one.
    event.add("uid", f"{unit.code}@{request.get_host()}")
    event.add("dtstamp", now)
    event.add("dtstart", due)
    words = _("{course}: {unit} is due")
    event.add("summary", words.format(course=unit.course.title, unit=unit.title))
    event.add("url", request.build_absolute_uri(url_of(unit)))
    return event
