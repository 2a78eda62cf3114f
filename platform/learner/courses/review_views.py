"""`/courses/<slug>/review/`: the skills due for review today, each with a question to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_person
from accounts.models import User
from adaptation.next_question import spaced_review as reviewing
from consent.permits import gate, restrictions
from courses.access import course_for_learner
from courses.models import Course, Question, Response, Skill, Unit, UnitSkill
from courses.models.unit import TEACHING_KINDS
from learner.courses.lessons import url_of
from learner.questions.selection_reason import days_ago


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One skill that is due; `url` is the lesson to look at again, if there is one."""

    slug: str
    name: str
    why: str
    askable: bool
    url: str


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def review(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the list. A POST of `skill` redirects to a question on it."""
    user = current_user(request)
    course = course_for_learner(user, slug)
    if request.method == "POST":
        return redirect(_choose_question_url(user, course, request.POST.get("skill", "")))
    now = timezone.now()
    context = {
        "course": course,
        "lines": _make_lines(reviewing.list_due(user, course, now=now), now=now),
        "objects": restrictions.has_objected(user),
    }
    return render(request, "learner/courses/review.html", context)


def _choose_question_url(user: User, course: Course, slug: str) -> str:
    """Return the URL of a question, or of the list if no question is left."""
    skill = course.skills.filter(slug=slug).first()
    if skill is None:
        return f"/courses/{course.slug}/review/"
    now = timezone.now()
    permit = gate.permit(user.code, "course", now=now)
    question = reviewing.ask(user, skill, permit, rng=SystemRandom(), now=now)
    if question is None or question.unit is None:
        return f"/courses/{course.slug}/review/"
    return f"{url_of(question.unit)}?question={question.code}{_draw_parameter(user, question)}"


def _draw_parameter(user: User, question: Question) -> str:
    """Return the URL parameter that draws new numbers, if the question has numbers to draw."""
    if question.parameterised is None:
        return ""
    before = Response.objects.filter(learner=user, question=question).count()
    return f"&draw={before + 1}"


def _make_lines(found: Sequence[reviewing.DueSkill], *, now: datetime) -> list[ReviewLine]:
    lessons = _load_lessons([due.skill for due in found])
    return [_make_line(due, lessons.get(due.skill.pk), now=now) for due in found]


def _load_lessons(skills: Sequence[Skill]) -> dict[int, Unit]:
    """Return the first lesson on each of these skills by the skill's primary key, in one query."""
    rows = UnitSkill.objects.filter(
        skill__in=skills,
        unit__position__isnull=False,
        unit__kind__in=TEACHING_KINDS,
    )
    last_first = rows.select_related("unit").order_by("-unit__position")
    return {row.skill_id: row.unit for row in last_first}


def _make_line(due: reviewing.DueSkill, unit: Unit | None, *, now: datetime) -> ReviewLine:
    return ReviewLine(
        slug=due.skill.slug,
        name=due.skill.name,
        why=_(
            "You last got this right {when}. Today is a good day to try it again, before you "
            "forget it."
        ).format(when=days_ago(due.last_right, now)),
        askable=due.askable,
        url=url_of(unit) if unit else "",
    )
