"""The start page and the page of one course: where one is, and the next best step."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import require_person
from accounts.models import User
from adaptation import review
from classroom.consent_reminders import reminders
from classroom.lessons import Lesson, lessons, next_unit, url_of
from classroom.start import start_of
from courses import completion
from courses.access import course_for_member, courses_taught_by, courses_visible_to
from courses.models import Course, Unit
from estimates import sharing


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: a word for the button, where it leads, what it is."""

    word: str
    title: str
    url: str
    kind: str


@dataclass(frozen=True, slots=True)
class CourseCard:
    title: str
    description: str
    url: str
    taught_at: str
    done: int
    total: int
    step: Step | None
    lessons: tuple[Lesson, ...]
    attribution: str
    licence: str
    licence_url: str

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.total) if self.total else 0


@require_safe
@require_person
def home(request: HttpRequest) -> HttpResponse:
    """`/`: the courses of whoever is here."""
    user = person(request)
    taught = set(courses_taught_by(user).values_list("pk", flat=True))
    found = courses_visible_to(user).order_by("title")
    if not found and (elsewhere := start_of(user)):
        return redirect(elsewhere)
    cards = [card(user, course, taught=course.pk in taught) for course in found]
    now = timezone.now()
    asks = sharing.waiting(user, now=now).exists()
    context = {"cards": cards, "reminders": reminders(user, now), "asks": asks}
    return render(request, "classroom/home.html", context)


@require_safe
@require_person
def course(request: HttpRequest, slug: str) -> HttpResponse:
    """`/courses/<slug>/`: its lessons."""
    user = person(request)
    found = course_for_member(user, slug)
    taught = courses_taught_by(user).filter(pk=found.pk).exists()
    due = [] if taught else review.due(user, found, now=timezone.now())
    context = {"card": card(user, found, taught=taught), "due": len(due)}
    return render(request, "classroom/course.html", context)


def person(request: HttpRequest) -> User:
    """Who is here; `require_person` stands before each view that asks."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("expected somebody signed in, got nobody")
    return user


def card(user: User, course: Course, *, taught: bool) -> CourseCard:
    units = list(course.units.filter(position__isnull=False).order_by("position"))
    states = completion.progress(user, course)
    upcoming = next_unit(units, states)
    done = sum(states[unit.pk].done for unit in units)
    return CourseCard(
        title=course.title,
        description=course.description,
        url=f"/courses/{course.slug}/",
        taught_at=f"/teach/{course.slug}/" if taught else "",
        done=done,
        total=len(units),
        step=step(upcoming, begun=any(state.done or state.ratio > 0 for state in states.values())),
        lessons=lessons(units, states),
        attribution=course.attribution,
        licence=course.licence_name,
        licence_url=course.licence_url,
    )


def step(unit: Unit | None, *, begun: bool) -> Step | None:
    if unit is None:
        return None
    return Step("Go on" if begun else "Start", unit.title, url_of(unit), unit.kind)
