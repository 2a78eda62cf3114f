"""`/teach/<slug>/learners/`: the Learners of a course, one Learner's page, and share requests.

The list opens no individual data. The page of one Learner is an individual view. It requires a
recent sign-in. Each view is recorded in the audit log and shown on the Learner's own page, in the
same transaction.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

import audit
from accounts.access import current_user, require_person, require_recent
from accounts.models import User
from accounts.name_order import by_name
from accounts.people import name_of
from consent.permits.errors import Refused
from courses import completion
from courses.access import course_for_teacher
from courses.models import Course, Enrolment, Response
from estimates import share_access, shared_estimates
from estimates.registry import predictors
from teaching.layout import frame_of
from teaching.learners.estimate_runs import EstimateDay, group_runs_by_day
from teaching.roster import PersonFace, load_faces
from teaching.visits import load_last_visits
from vault.errors import KeyDestroyed

WEEK = timedelta(days=7)
NO_SHARES_HERE = ("no_profile", "blocked_profile")


@dataclass(frozen=True, slots=True)
class LearnerRow:
    who: PersonFace
    last: datetime | None


@dataclass(frozen=True, slots=True)
class CourseProgress:
    """What a Learner did in the course, from course records and not estimated."""

    units: int
    unit_count: int
    answers: int
    right: int


@dataclass(frozen=True, slots=True)
class SharedEstimates:
    """The shared estimates, or the reason why there are none.

    `asked_at` and `again_at` reveal nothing about the Learner's answer: a declined request looks
    like a pending one.
    """

    until: datetime | None = None
    days: tuple[EstimateDay, ...] = ()
    never: str = ""
    asked_at: datetime | None = None
    again_at: datetime | None = None


@require_safe
@require_person
def learners(request: HttpRequest, slug: str) -> HttpResponse:
    course = course_for_teacher(current_user(request), slug)
    context = {"teach": frame_of(course, "learners"), "lines": learner_rows(course)}
    return render(request, "teaching/learners.html", context)


@require_safe
@require_person
@require_recent
def learner(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Show one Learner, with estimates only while the Learner shares them."""
    by, now = current_user(request), timezone.now()
    course = course_for_teacher(by, slug)
    who, found = learner_of(course, code)
    done, estimates = open_learner(course, found, by, now=now)
    context = {
        "teach": frame_of(course, "learners"),
        "who": who,
        "done": done,
        "felt": estimates,
        "made_by": gettext(predictors.shown_title()),
    }
    return render(request, "teaching/learner.html", context)


@require_POST
@require_person
@require_recent
def request_share(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Ask this Learner to share estimates.

    A request that is too early or not allowed changes nothing; the page it redirects to says so.
    """
    by = current_user(request)
    course = course_for_teacher(by, slug)
    _, found = learner_of(course, code)
    with suppress(Refused):
        share_access.ask(course, found, by, now=timezone.now())
    return redirect("teaching:learner", slug=slug, code=code)


def learner_rows(course: Course) -> list[LearnerRow]:
    """Return all Learners by name, with their last visit to the course."""
    class_ = load_faces(course)
    last = load_last_visits(course, class_)
    found = [LearnerRow(face, last.get(pk)) for pk, face in class_.items()]
    return by_name(found, lambda line: line.who.name)


def learner_of(course: Course, code: UUID) -> tuple[PersonFace, User]:
    """Return a Learner of this course by code; 404 for anyone else."""
    here = Enrolment.objects.filter(course=course, role="learner", user__is_active=True)
    row = here.filter(user__code=code).select_related("user").first()
    if row is None:
        raise Http404
    try:
        return PersonFace(row.user.code, name_of(row.user), row.user.simulated), row.user
    except KeyDestroyed as error:
        raise Http404 from error


@transaction.atomic
def open_learner(
    course: Course, found: User, by: User, *, now: datetime
) -> tuple[CourseProgress, SharedEstimates]:
    """Load what one view shows and record its leaf, in one transaction."""
    estimates = load_estimates(course, found, by, now=now)
    what = "course" if estimates.until is None else "estimates"
    audit.record("teacher.view", actor=by.code, subject=found.code, public={"what": what})
    return load_progress(course, found, now=now), estimates


def load_progress(course: Course, found: User, *, now: datetime) -> CourseProgress:
    states = completion.load_progress(found, course).values()
    answers = Response.objects.filter(
        learner=found, question__course=course, answered_at__gt=now - WEEK
    )
    right = answers.filter(correct=True).count()
    return CourseProgress(sum(state.done for state in states), len(states), answers.count(), right)


def load_estimates(course: Course, found: User, by: User, *, now: datetime) -> SharedEstimates:
    try:
        look = share_access.open_view(course, found, by, now=now)
    except Refused as refusal:
        return _withheld_estimates(course, found, by, refusal, now)
    seen = shared_estimates.read_shared(course, found, look.streams, look.permits, now=now)
    return SharedEstimates(until=look.until, days=group_runs_by_day(seen))


def _withheld_estimates(
    course: Course, found: User, by: User, refusal: Refused, now: datetime
) -> SharedEstimates:
    if refusal.code in NO_SHARES_HERE:
        return SharedEstimates(never=refusal.why)
    row = share_access.find_share(course, found, by)
    if row is None or now >= share_access.ask_again_at(row):
        return SharedEstimates()
    return SharedEstimates(asked_at=row.asked_at, again_at=share_access.ask_again_at(row))
