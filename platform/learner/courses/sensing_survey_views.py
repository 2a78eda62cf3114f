"""`/courses/<slug>/sensed/`: "Did being sensed bother you?", asked mid-course and at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.views.decorators.http import require_POST

from accounts.access import current_user, require_person
from accounts.models import User
from consent.permits import gate
from courses.access import course_for_learner
from courses.models import Course
from estimates import sensing_survey
from estimates.sensing_survey import SurveyQuestion
from learner.home.next_step import CourseProgress, load_progress

STEP_WORDS = {
    "not_at_all": noop("Not at all"),
    "a_little": noop("A little"),
    "somewhat": noop("Somewhat"),
    "quite": noop("Quite a bit"),
    "very": noop("Very much"),
}


@dataclass(frozen=True, slots=True)
class SurveyCard:
    """The survey card: its course and the possible answers."""

    course: str
    url: str
    point: str

    @property
    def steps(self) -> list[tuple[str, str]]:
        return [(step, _(words)) for step, words in STEP_WORDS.items()]


@require_POST
@require_person
def answer_survey(request: HttpRequest, slug: str) -> HttpResponse:
    """Store the answer to a survey that is due now.

    Anyone who felt uneasy is shown where to switch sensing off.
    """
    user, now = current_user(request), timezone.now()
    course = course_for_learner(user, slug)
    survey = find_due(user, load_progress(user, [course], now=now))
    if survey is None:
        return redirect(f"/courses/{course.slug}/")
    choice, permit = request.POST.get("said", ""), gate.permit(user.code, "course", now=now)
    try:
        sensing_survey.answer(survey, choice, permit, now=now)
    except ValueError:
        return HttpResponseBadRequest("Expected one of the answers offered.")
    if choice not in sensing_survey.UNEASY:
        return redirect(f"/courses/{course.slug}/")
    return render(request, "learner/courses/sensing_survey_thanks.html", {"course": course})


def build_card(user: User, progress: CourseProgress) -> SurveyCard | None:
    """Return the card that is due now, in the first course that has one."""
    survey = find_due(user, progress)
    if survey is None:
        return None
    return SurveyCard(survey.course.title, f"/courses/{survey.course.slug}/sensed/", survey.point)


def find_due(user: User, progress: CourseProgress) -> SurveyQuestion | None:
    points = _find_points(progress)
    found = sensing_survey.list_due(user, points) if points else []
    return next(iter(found), None)


def _find_points(progress: CourseProgress) -> Mapping[Course, str]:
    found = {
        course: sensing_survey.point_of(
            sum(progress.states[unit.pk].done for unit in units), len(units)
        )
        for course, units in progress.units.items()
    }
    return {course: point for course, point in found.items() if point is not None}
