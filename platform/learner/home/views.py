"""`/`: the courses of whoever is here, with one next step over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import require_person
from accounts.name_order import by_name
from courses.access import courses_taught_by, courses_visible_to
from courses.completion import NO_PROGRESS
from courses.gradebook.percents import percent
from courses.models import Course, Unit
from estimates import share_access
from learner.courses import sensing_survey_views
from learner.courses.lessons import url_of
from learner.courses.views import person
from learner.home import next_step
from learner.home.landing_page import start_of
from learner.home.next_step import Road, road_of
from learner.home.reminders import reminders

SHOWN_DATES = 3


@dataclass(frozen=True, slots=True)
class Date:
    title: str
    url: str
    at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A course on the start page; `taught_at` where it is taught, else how far one is in it."""

    title: str
    description: str
    lang: str
    url: str
    taught_at: str
    done: int
    total: int
    dates: tuple[Date, ...]
    reviews: int

    @property
    def percent(self) -> int:
        return percent(self.done, self.total)


@require_safe
@require_person
def home(request: HttpRequest) -> HttpResponse:
    """The page; whoever has no course is led to where their work is."""
    user, now = person(request), timezone.now()
    found = by_name(courses_visible_to(user), lambda course: course.title)
    if not found and (elsewhere := start_of(user)):
        return redirect(elsewhere)
    taught = set(courses_taught_by(user).values_list("pk", flat=True))
    road = road_of(user, [course for course in found if course.pk not in taught], now=now)
    context = {
        "step": next_step.best(user, road, now=now),
        "cards": [_card(course, road, taught=course.pk in taught, now=now) for course in found],
        "sensed": sensing_survey_views.question(user, road),
        "reminders": reminders(user, now),
        "asks": share_access.waiting(user, now=now).exists(),
    }
    return render(request, "learner/home.html", context)


def _card(course: Course, road: Road, *, taught: bool, now: datetime) -> Card:
    units = road.units.get(course, ())
    return Card(
        title=course.title,
        description=course.description,
        lang=course.language,
        url=f"/courses/{course.slug}/",
        taught_at=f"/teach/{course.slug}/" if taught else "",
        done=sum(road.states.get(unit.pk, NO_PROGRESS).done for unit in units),
        total=len(units),
        dates=_dates(units, road, now),
        reviews=road.reviews.get(course.pk, 0),
    )


def _dates(units: Sequence[Unit], road: Road, now: datetime) -> tuple[Date, ...]:
    """What is not done and has a date, the nearest first."""
    undone = [
        unit
        for unit in units
        if unit.pk in road.dates and not road.states.get(unit.pk, NO_PROGRESS).done
    ]
    rows = sorted(undone, key=lambda unit: road.dates[unit.pk])
    return tuple(
        Date(unit.title, url_of(unit), road.dates[unit.pk], road.dates[unit.pk] < now)
        for unit in rows[:SHOWN_DATES]
    )
