"""`/`: the user's courses, with one next step over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import is_valid_path
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_person
from accounts.models import User
from accounts.name_order import by_name
from courses.access import courses_taught_by, courses_visible_to
from courses.completion import NO_PROGRESS
from courses.gradebook.percents import percent
from courses.models import Course, Unit
from estimates import share_access
from learner.courses import sensing_survey_views
from learner.courses.lessons import url_of
from learner.home import next_step
from learner.home.next_step import CourseProgress, load_progress
from learner.home.reminders import list_reminders

SHOWN_DATES = 3
START_PAGES = (
    ("steward", "/steward/"),
    ("author", "/author/"),
    ("researcher", "/research/"),
    ("guardian", "/consents/"),
)


@dataclass(frozen=True, slots=True)
class DueDate:
    title: str
    url: str
    at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class HomeCard:
    """A course on the start page; `taught_at` for a Teacher, else the Learner's progress."""

    title: str
    description: str
    lang: str
    url: str
    taught_at: str
    done: int
    total: int
    dates: tuple[DueDate, ...]
    reviews: int

    @property
    def percent(self) -> int:
        return percent(self.done, self.total)


@require_safe
@require_person
def home(request: HttpRequest) -> HttpResponse:
    """Show the start page. A user without courses is redirected to the page of their role."""
    user, now = current_user(request), timezone.now()
    found = by_name(courses_visible_to(user), lambda course: course.title)
    if not found and (start_page := find_start_page(user)):
        return redirect(start_page)
    taught = set(courses_taught_by(user).values_list("pk", flat=True))
    progress = load_progress(user, [course for course in found if course.pk not in taught], now=now)
    context = {
        "step": next_step.choose_step(user, progress, now=now),
        "cards": [
            _make_card(course, progress, taught=course.pk in taught, now=now) for course in found
        ],
        "sensed": sensing_survey_views.build_card(user, progress),
        "reminders": list_reminders(user, now),
        "asks": share_access.list_requests(user, now=now).exists(),
    }
    return render(request, "learner/home.html", context)


def find_start_page(user: User) -> str | None:
    """Return the start page of the user's role, or None for `/` itself."""
    if user.has_role("learner"):
        return None
    places = [url for role, url in START_PAGES if user.has_role(role)]
    return next((url for url in places if is_valid_path(url)), None)


def _make_card(
    course: Course, progress: CourseProgress, *, taught: bool, now: datetime
) -> HomeCard:
    units = progress.units.get(course, ())
    return HomeCard(
        title=course.title,
        description=course.description,
        lang=course.language,
        url=f"/courses/{course.slug}/",
        taught_at=f"/teach/{course.slug}/" if taught else "",
        done=sum(progress.states.get(unit.pk, NO_PROGRESS).done for unit in units),
        total=len(units),
        dates=_due_dates(units, progress, now),
        reviews=progress.reviews.get(course.pk, 0),
    )


def _due_dates(
    units: Sequence[Unit], progress: CourseProgress, now: datetime
) -> tuple[DueDate, ...]:
    """Return the due dates of units not done, the nearest first."""
    undone = [
        (due, unit)
        for unit in units
        if (due := progress.due_of(unit)) and not progress.states.get(unit.pk, NO_PROGRESS).done
    ]
    rows = sorted(undone, key=itemgetter(0))
    return tuple(
        DueDate(unit.title, url_of(unit), due, due < now) for due, unit in rows[:SHOWN_DATES]
    )
