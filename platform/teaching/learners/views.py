"""`/teach/<slug>/learners/`: the people of a course; one of them; asking to see what was guessed.

The list opens nobody. The page of one Learner is an individual view: it wants a fresh log-in, and
each time it is shown stands in the audit and on the Learner's own page, from the same transaction.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

import audit
from accounts.access import require_person, require_recent
from accounts.models import User
from accounts.name_order import by_name
from accounts.people import name_of
from consent.permits.errors import Refused
from courses import completion
from courses.access import course_for_teacher
from courses.models import Course, Enrolment, Response
from estimates import share_access, shared_view
from estimates.registry import predictors
from teaching.layout import frame_of, teacher
from teaching.learners.estimate_runs import Day, days_of
from teaching.roster import Face, faces
from telemetry.models import Sitting
from vault.errors import KeyDestroyed

WEEK = timedelta(days=7)
NO_SHARES_HERE = ("no_profile", "blocked_profile")


@dataclass(frozen=True, slots=True)
class Line:
    who: Face
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody did in the course: known from the course, never guessed."""

    units: int
    of: int
    answers: int
    right: int


@dataclass(frozen=True, slots=True)
class Felt:
    """What was guessed, or why it is not shown. `asked_at` and `again_at` say nothing of the
    Learner's answer: a request that was declined looks like one that waits."""

    until: datetime | None = None
    days: tuple[Day, ...] = ()
    never: str = ""
    asked_at: datetime | None = None
    again_at: datetime | None = None


@require_safe
@require_person
def learners(request: HttpRequest, slug: str) -> HttpResponse:
    course = course_for_teacher(teacher(request), slug)
    context = {"teach": frame_of(course, "learners"), "lines": lines(course)}
    return render(request, "teaching/learners.html", context)


@require_safe
@require_person
@require_recent
def learner(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """One Learner, with what was guessed only while they share it."""
    by, now = teacher(request), timezone.now()
    course = course_for_teacher(by, slug)
    who, found = learner_of(course, code)
    done, felt = look_at(course, found, by, now=now)
    context = {
        "teach": frame_of(course, "learners"),
        "who": who,
        "done": done,
        "felt": felt,
        "made_by": gettext(predictors.made_by()),
    }
    return render(request, "teaching/learner.html", context)


@require_POST
@require_person
@require_recent
def ask(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Ask this Learner. Too early, or where it is not allowed, it changes nothing; the page that
    it leads back to says so."""
    by = teacher(request)
    course = course_for_teacher(by, slug)
    _, found = learner_of(course, code)
    with suppress(Refused):
        share_access.ask(course, found, by, now=timezone.now())
    return redirect("teaching:learner", slug=slug, code=code)


def lines(course: Course) -> list[Line]:
    """Everybody by name, with when they last opened a page of the course.

    How long a page stayed alive is left out: sensing keeps it alive.
    """
    class_ = faces(course)
    seen = Sitting.objects.filter(unit__course=course, learner__in=class_).order_by()
    last = dict(seen.values_list("learner").annotate(Max("began_at")))
    found = [Line(face, last.get(pk)) for pk, face in class_.items()]
    return by_name(found, lambda line: line.who.name)


def learner_of(course: Course, code: UUID) -> tuple[Face, User]:
    """A Learner of this course by code; anybody else is not there."""
    here = Enrolment.objects.filter(course=course, role="learner", user__is_active=True)
    row = here.filter(user__code=code).select_related("user").first()
    if row is None:
        raise Http404
    try:
        return Face(row.user.code, name_of(row.user), row.user.simulated), row.user
    except KeyDestroyed as error:
        raise Http404 from error


@transaction.atomic
def look_at(course: Course, found: User, by: User, *, now: datetime) -> tuple[Done, Felt]:
    """What one look shows, with its leaf; both or none."""
    felt = felt_of(course, found, by, now=now)
    what = "course" if felt.until is None else "estimates"
    audit.record("teacher.view", actor=by.code, subject=found.code, public={"what": what})
    return done_of(course, found, now=now), felt


def done_of(course: Course, found: User, *, now: datetime) -> Done:
    states = completion.load_progress(found, course).values()
    answers = Response.objects.filter(
        learner=found, question__course=course, answered_at__gt=now - WEEK
    )
    right = answers.filter(correct=True).count()
    return Done(sum(state.done for state in states), len(states), answers.count(), right)


def felt_of(course: Course, found: User, by: User, *, now: datetime) -> Felt:
    try:
        look = share_access.look(course, found, by, now=now)
    except Refused as refusal:
        return _not_shown(course, found, by, refusal, now)
    seen = shared_view.seen(course, found, look.streams, look.permits, now=now)
    return Felt(until=look.until, days=days_of(seen))


def _not_shown(course: Course, found: User, by: User, refusal: Refused, now: datetime) -> Felt:
    if refusal.code in NO_SHARES_HERE:
        return Felt(never=refusal.why)
    row = share_access.of_pair(course, found, by)
    if row is None or now >= share_access.again_at(row):
        return Felt()
    return Felt(asked_at=row.asked_at, again_at=share_access.again_at(row))
