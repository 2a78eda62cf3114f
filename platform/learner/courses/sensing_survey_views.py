"""`/courses/<slug>/sensed/`: "Did being sensed bother you?", asked in the middle and at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.views.decorators.http import require_POST

from accounts.access import require_person
from accounts.models import User
from consent.permits import gate
from courses.access import course_for_learner
from courses.models import Course
from estimates import sensing_survey
from estimates.sensing_survey import SurveyQuestion
from learner.courses.views import person
from learner.home.next_step import Road, road_of

WORDS = {
    "not_at_all": noop("Not at all"),
    "a_little": noop("A little"),
    "somewhat": noop("Somewhat"),
    "quite": noop("Quite a bit"),
    "very": noop("Very much"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """The card: of which course it speaks, and what can be said."""

    course: str
    url: str
    point: str

    @property
    def steps(self) -> list[tuple[str, str]]:
        return [(step, _(words)) for step, words in WORDS.items()]


@require_POST
@require_person
def sensed(request: HttpRequest, slug: str) -> HttpResponse:
    """Keeps the answer; what is not asked now is not taken. Who was uneasy is shown the switch."""
    user, now = person(request), timezone.now()
    course = course_for_learner(user, slug)
    asked = due(user, road_of(user, [course], now=now))
    if asked is None:
        return redirect(f"/courses/{course.slug}/")
    said, permit = request.POST.get("said", ""), gate.permit(user.code, "course", now=now)
    try:
        sensing_survey.answer(asked, said, permit, now=now)
    except ValueError:
        return HttpResponseBadRequest("Expected one of the answers offered.")
    if said not in sensing_survey.UNEASY:
        return redirect(f"/courses/{course.slug}/")
    return render(request, "learner/courses/sensing_survey_thanks.html", {"course": course})


def question(user: User, road: Road) -> Question | None:
    """The card that is due now, in the first of the courses where one is."""
    asked = due(user, road)
    if asked is None:
        return None
    return Question(asked.course.title, f"/courses/{asked.course.slug}/sensed/", asked.point)


def due(user: User, road: Road) -> SurveyQuestion | None:
    points = _points(road)
    found = sensing_survey.list_due(user, points) if points else []
    return next(iter(found), None)


def _points(road: Road) -> Mapping[Course, str]:
    found = {
        course: sensing_survey.point_of(
            sum(road.states[unit.pk].done for unit in units), len(units)
        )
        for course, units in road.units.items()
    }
    return {course: point for course, point in found.items() if point is not None}
